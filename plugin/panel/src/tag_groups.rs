//! Tags with synonyms merged, as the view shows them. Outputs and files have the labels of the model.

use std::sync::Arc;

use crate::family::Family;
use crate::glossary;
use crate::reading::TagValues;

/// Synonyms among the tags of the built-in models, in lower case. The first one that a model has is displayed.
const SYNONYMS: [&[&str]; 9] = [
    &["vocals", "vocal", "singing", "voice"],
    &["female voice", "female vocal", "female", "woman"],
    &["male voice", "male vocal", "male", "man"],
    &["female vocalists", "female vocalist"],
    &["no vocals", "no vocal", "no voice"],
    &["chillout", "chill"],
    &["beats", "beat"],
    &["choir", "choral"],
    &["classical", "classic"],
];

/// Tag or synonyms, shown as one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagGroup {
    /// Indices of the labels; the first one is displayed.
    pub(crate) tags: Vec<usize>,
    pub(crate) family: Family,
}

/// Groups of all labels of a model.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagGroups {
    labels: Arc<[Arc<str>]>,
    groups: Vec<TagGroup>,
}

/// Value of a group in a reading.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct GroupValue {
    /// Largest smoothed value, 0 to 1.
    pub(crate) value: f32,
    /// Whether a tag of the group is active.
    pub(crate) active: bool,
}

impl TagGroups {
    /// Groups these labels, if they are not those of the last call.
    pub(crate) fn update(&mut self, labels: &Arc<[Arc<str>]>) {
        if self.labels == *labels {
            return;
        }
        self.labels = Arc::clone(labels);
        self.groups.clear();
        let lower: Vec<String> = labels.iter().map(|label| label.to_lowercase()).collect();
        let mut taken = vec![false; labels.len()];
        for tag in 0..labels.len() {
            if taken[tag] {
                continue;
            }
            let synonyms = SYNONYMS.iter().find(|names| names.contains(&lower[tag].as_str()));
            let all = synonyms.into_iter().flat_map(|names| names.iter());
            let mut tags: Vec<usize> = all.filter_map(|name| lower.iter().position(|label| label == name)).collect();
            if tags.is_empty() {
                tags.push(tag);
            }
            for &member in &tags {
                taken[member] = true;
            }
            self.groups.push(TagGroup { family: glossary::family(&labels[tags[0]]), tags });
        }
    }

    /// Returns the labels that are grouped.
    pub(crate) fn labels(&self) -> &Arc<[Arc<str>]> {
        &self.labels
    }

    /// Returns the groups, in the order of their first labels.
    pub(crate) fn all(&self) -> &[TagGroup] {
        &self.groups
    }

    /// Returns the displayed label of a group; empty for an unknown group.
    pub(crate) fn name(&self, group: usize) -> &str {
        self.groups.get(group).map_or("", |group| &self.labels[group.tags[0]])
    }

    /// Returns the labels of a group, the displayed one first.
    pub(crate) fn labels_of(&self, group: usize) -> impl Iterator<Item = &str> + Clone {
        self.groups.get(group).into_iter().flat_map(|group| &group.tags).map(|&tag| &*self.labels[tag])
    }

    /// Returns the labels of a group that are not displayed.
    pub(crate) fn others(&self, group: usize) -> impl Iterator<Item = &str> {
        self.labels_of(group).skip(1)
    }

    /// Returns the value of each group. Missing and non-finite values count as 0.
    pub(crate) fn values(&self, tags: &TagValues) -> Vec<GroupValue> {
        let value = |tag: &usize| tags.smooth.get(*tag).copied().filter(|value| value.is_finite()).unwrap_or(0.0);
        let active = |tag: &usize| tags.active.get(*tag).copied().unwrap_or(false);
        let of = |group: &TagGroup| GroupValue {
            value: group.tags.iter().map(value).fold(0.0, f32::max),
            active: group.tags.iter().any(active),
        };
        self.groups.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_one_group_with_the_largest_value() {
        let mut groups = TagGroups::default();
        groups.update(&["singing", "rock", "vocal", "Vocals", "no vocal"].map(Arc::from).to_vec().into());
        let names: Vec<&str> = (0..groups.all().len()).map(|group| groups.name(group)).collect();
        assert_eq!(names, ["Vocals", "rock", "no vocal"]);
        assert_eq!(groups.others(0).collect::<Vec<_>>(), ["vocal", "singing"]);
        let tags = TagValues {
            smooth: vec![0.2, f32::NAN, 0.7, 0.5],
            active: vec![false, false, true],
            ..TagValues::default()
        };
        let values = groups.values(&tags);
        assert_eq!(values[0], GroupValue { value: 0.7, active: true });
        assert_eq!((values[1], values[2]), (GroupValue::default(), GroupValue::default()));
    }

    #[test]
    fn other_labels_make_other_groups() {
        let mut groups = TagGroups::default();
        groups.update(&["chill", "chillout"].map(Arc::from).to_vec().into());
        assert_eq!((groups.all().len(), groups.name(0), groups.name(7)), (1, "chillout", ""));
        groups.update(&["jazz"].map(Arc::from).to_vec().into());
        assert_eq!((groups.all().len(), groups.name(0)), (1, "jazz"));
    }
}
