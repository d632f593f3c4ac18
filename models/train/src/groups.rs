//! Groups of items that must not be divided, such as the tracks of one artist.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use crate::document::{Document, Node};
use crate::error::{ContentError, InputPlace, TrainError};
use crate::folds::{FoldKind, FoldWarning, Folds, check_all, check_count};
use crate::ground_truth::GroundTruth;
use crate::random::PythonRandom;

/// Group of each item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    by: String,
    of_items: HashMap<String, String>,
}

/// Numbers of items of one group, by class.
struct GroupCounts<'a> {
    name: &'a str,
    counts: Vec<usize>,
}

impl Groups {
    /// Creates groups from ids with the names of their groups. `by` is the meaning of the groups, such as `artist`.
    #[must_use]
    pub fn new(by: impl Into<String>, of_items: Vec<(String, String)>) -> Self {
        Self { by: by.into(), of_items: of_items.into_iter().collect() }
    }

    /// Reads a file: a JSON or YAML map from ids to groups, or a table with tabs whose first row has the columns `id` and
    /// `by`. Blocks.
    ///
    /// # Errors
    /// [`TrainError::Read`] if the file cannot be read, [`TrainError::Input`] if it has other content.
    pub fn read(by: &str, path: &Path) -> Result<Self, TrainError> {
        let text = fs::read_to_string(path).map_err(TrainError::read(path))?;
        let name = path.display().to_string();
        let is_table = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
        Ok(if is_table { Self::parse_table(by, &name, &text)? } else { Self::parse(by, &name, &text)? })
    }

    /// Parses a JSON or YAML map from ids to groups.
    ///
    /// # Errors
    /// [`ContentError`] with line or key if the text is no such map.
    pub fn parse(by: &str, name: &str, text: &str) -> Result<Self, ContentError> {
        let file = format!("groups `{name}`");
        let document = Document { file: &file, text };
        let entries = match document.parse()? {
            Node::Map(entries) => entries,
            other => {
                return Err(document.error(
                    InputPlace::Whole,
                    "no groups",
                    "a map from ids to groups",
                    other.describe(),
                ));
            }
        };
        let group = |(id, group): (String, Node)| match group {
            Node::Text(group) => Ok((id, group)),
            Node::Number(group) => Ok((id, group.to_string())),
            other => Err(document.key_error(&id, "the name of a group", &other)),
        };
        Ok(Self::new(by, entries.into_iter().map(group).collect::<Result<_, _>>()?))
    }

    /// Parses a table with tabs whose first row has the columns `id` and `by`.
    ///
    /// # Errors
    /// [`ContentError`] with the line if a column is missing, a row is too short, or an id is there twice.
    pub fn parse_table(by: &str, name: &str, text: &str) -> Result<Self, ContentError> {
        let file = format!("groups `{name}`");
        let document = Document { file: &file, text };
        let mut lines =
            text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let header: Vec<_> = lines.next().map_or_else(Vec::new, |(_, line)| line.split('\t').map(str::trim).collect());
        let column = |wanted: &str| {
            let missing =
                || document.error(InputPlace::Line(1), "missing column", format!("`{wanted}`"), header.join(", "));
            header.iter().position(|name| *name == wanted).ok_or_else(missing)
        };
        let (ids, groups) = (column("id")?, column(by)?);
        let mut of_items = HashMap::new();
        for (index, line) in lines {
            let place = InputPlace::Line(index as u64 + 1);
            let cells: Vec<_> = line.split('\t').map(str::trim).collect();
            let (Some(id), Some(group)) = (cells.get(ids), cells.get(groups)) else {
                let expected = format!("{} columns", header.len());
                return Err(document.error(place, "row too short", expected, cells.len().to_string()));
            };
            if of_items.insert((*id).to_owned(), (*group).to_owned()).is_some() {
                return Err(document.error(place, "duplicate id", "unique ids", format!("`{id}` again")));
            }
        }
        Ok(Self { by: by.to_owned(), of_items })
    }

    /// Returns the number of groups of each class, in alphabetical order of the classes.
    #[must_use]
    pub fn class_counts<'a>(&self, truth: &'a GroundTruth) -> BTreeMap<&'a str, usize> {
        let mut groups: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for (id, label) in truth.labels() {
            groups.entry(label.as_str()).or_default().extend(self.of_items.get(id));
        }
        groups.into_iter().map(|(label, groups)| (label, groups.len())).collect()
    }

    /// Returns the JSON text that [`Groups::parse`] reads.
    #[must_use]
    pub fn to_json(&self) -> String {
        let groups: BTreeMap<&str, &str> =
            self.of_items.iter().map(|(id, group)| (id.as_str(), group.as_str())).collect();
        serde_json::to_string_pretty(&groups).unwrap_or_default()
    }

    /// Divides the items so that no group is in two folds, and the classes are as even as groups allow.
    ///
    /// The groups, in the order of their first items, are shuffled with the seed and sorted by falling variance of their
    /// class counts; each goes to the fold in which the sum of the squared shares of the classes grows least. Among equal
    /// folds, the one with the fewest items is taken, then the first.
    ///
    /// # Errors
    /// [`TrainError::MissingGroups`] if an item has no group, [`TrainError::TooFewGroups`] if there are fewer groups than
    /// folds, [`TrainError::TooFewClasses`] and [`TrainError::FoldCount`].
    pub fn folds(&self, truth: &GroundTruth, count: usize, seed: u64) -> Result<Folds, TrainError> {
        check_count(truth, count)?;
        truth.check_classes(0)?;
        check_all(truth, |id| self.of_items.contains_key(id))?;
        let totals = truth.class_counts();
        let mut groups = self.counts(truth, &totals);
        if groups.len() < count {
            return Err(TrainError::TooFewGroups { folds: count, groups: groups.len() });
        }
        PythonRandom::new(seed).shuffle(&mut groups);
        groups.sort_by_key(|group| std::cmp::Reverse(spread(&group.counts)));
        let totals: Vec<usize> = totals.values().copied().collect();
        let mut in_folds = vec![vec![0; totals.len()]; count];
        let mut fold_of_group = HashMap::new();
        for group in &groups {
            let fold = best_fold(group, &in_folds, &totals);
            in_folds[fold].iter_mut().zip(&group.counts).for_each(|(sum, items)| *sum += items);
            fold_of_group.insert(group.name, fold);
        }
        let fold =
            |(id, _): &(String, String)| Some((id.clone(), *fold_of_group.get(self.of_items.get(id)?.as_str())?));
        let by_id = truth.labels().iter().filter_map(fold).collect();
        Folds::given(truth, FoldKind::Grouped { by: self.by.clone() }, count, by_id, self.warnings(truth, count))
    }

    /// Returns the class counts of each group, in the order of the first items.
    fn counts<'a>(&'a self, truth: &GroundTruth, totals: &BTreeMap<&str, usize>) -> Vec<GroupCounts<'a>> {
        let mut groups: Vec<GroupCounts<'a>> = Vec::new();
        let mut index_of: HashMap<&str, usize> = HashMap::new();
        for (id, label) in truth.labels() {
            let Some(name) = self.of_items.get(id) else { continue };
            let index = *index_of.entry(name).or_insert_with(|| {
                groups.push(GroupCounts { name, counts: vec![0; totals.len()] });
                groups.len() - 1
            });
            let class = totals.keys().position(|class| class == label).unwrap_or_default();
            groups[index].counts[class] += 1;
        }
        groups
    }

    fn warnings(&self, truth: &GroundTruth, folds: usize) -> Vec<FoldWarning> {
        let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (id, label) in truth.labels() {
            groups.entry(label).or_default().extend(self.of_items.get(id).map(String::as_str));
        }
        let few = groups.into_iter().filter(|(_, groups)| groups.len() < folds);
        few.map(|(class, groups)| FoldWarning::FewGroups { class: class.to_owned(), folds, groups: groups.len() })
            .collect()
    }
}

/// Returns the variance of counts times the square of their number.
fn spread(counts: &[usize]) -> usize {
    let sum: usize = counts.iter().sum();
    counts.len() * counts.iter().map(|count| count * count).sum::<usize>() - sum * sum
}

fn best_fold(group: &GroupCounts<'_>, in_folds: &[Vec<usize>], totals: &[usize]) -> usize {
    let cost = |fold: &[usize]| -> f64 {
        let growth = |class: usize| {
            let (items, before, total) = (group.counts[class], fold[class], totals[class]);
            (items * (2 * before + items)) as f64 / (total * total) as f64
        };
        (0..totals.len()).map(growth).sum()
    };
    let key = |fold: &Vec<usize>| (cost(fold), fold.iter().sum::<usize>());
    let keys: Vec<_> = in_folds.iter().map(key).collect();
    (1..keys.len()).fold(0, |best, fold| if keys[fold] < keys[best] { fold } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(counts: &[(&str, usize)]) -> GroundTruth {
        let items = counts
            .iter()
            .flat_map(|(label, count)| (0..*count).map(move |i| (format!("{label}{i}"), (*label).to_owned())));
        GroundTruth::new("c", items.collect())
    }

    #[test]
    fn no_group_is_in_two_folds_and_few_groups_of_a_class_are_a_warning() {
        let truth = truth(&[("a", 40), ("b", 12)]);
        let group = |id: &str| format!("{}{}", &id[..1], id[1..].parse::<usize>().unwrap() / 4);
        let groups = Groups::new("artist", truth.labels().iter().map(|(id, _)| (id.clone(), group(id))).collect());
        let folds = groups.folds(&truth, 5, 1).unwrap();
        let mut found: HashMap<String, usize> = HashMap::new();
        let mut sizes = [0; 5];
        for (id, _) in truth.labels() {
            let fold = folds.of(id).unwrap();
            assert_eq!(*found.entry(group(id)).or_insert(fold), fold);
            sizes[fold] += 1;
        }
        assert!(sizes.iter().all(|size| (8..=12).contains(size)), "{sizes:?}");
        assert_eq!(folds.kind(), &FoldKind::Grouped { by: "artist".into() });
        assert_eq!(folds.warnings(), [FoldWarning::FewGroups { class: "b".into(), folds: 5, groups: 3 }]);
    }

    #[test]
    fn fewer_groups_than_folds_and_missing_groups_return_errors() {
        let truth = truth(&[("a", 6), ("b", 6)]);
        let all = |name: fn(usize) -> String| {
            truth.labels().iter().enumerate().map(|(i, (id, _))| (id.clone(), name(i))).collect()
        };
        let error = Groups::new("album", all(|i| (i % 4).to_string())).folds(&truth, 5, 1).unwrap_err();
        assert!(matches!(error, TrainError::TooFewGroups { folds: 5, groups: 4 }));
        let error = Groups::new("album", vec![("a0".into(), "x".into())]).folds(&truth, 5, 1).unwrap_err();
        assert!(matches!(error, TrainError::MissingGroups { count: 11, .. }));
    }

    #[test]
    fn table_and_map_of_equal_content_give_equal_groups() {
        let table = Groups::parse_table("artist", "g", "id\tclass\tartist\nx\ta\tp\ny\tb\tq\n").unwrap();
        assert_eq!(table, Groups::parse("artist", "g", "x: p\ny: q\n").unwrap());
        for (text, expected) in [
            ("id\tclass\nx\ta\n", "line 1: missing column (expected `artist`, got id, class)"),
            ("id\tartist\nx\n", "line 2: row too short (expected 2 columns, got 1)"),
            ("id\tartist\nx\ta\nx\tb\n", "line 3: duplicate id"),
        ] {
            let error = Groups::parse_table("artist", "g", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
