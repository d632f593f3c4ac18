//! Layouts: names, types, lengths and enumerations of all descriptors at one step of a chain.

mod tree;

use std::collections::BTreeSet;

use thiserror::Error;

use crate::descriptor_set::{DescriptorSet, TrackValue};
use crate::name::utf16_order;
use crate::value_type::ValueType;

/// Number of values of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueCount {
    /// The same number in every point.
    Fixed(usize),
    /// A number that was not fixed yet.
    Variable,
}

/// One descriptor of a [`DescriptorLayout`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutEntry {
    /// Canonical name, such as `.lowlevel.mfcc.mean`.
    pub name: String,
    /// Type of the values.
    pub value_type: ValueType,
    /// Number of values.
    pub count: ValueCount,
    /// Texts of an enumeration in the order of their numbers.
    pub enumeration: Vec<String>,
}

impl LayoutEntry {
    /// Returns a descriptor without an enumeration.
    #[must_use]
    pub fn new(name: impl Into<String>, value_type: ValueType, count: ValueCount) -> Self {
        Self { name: name.into(), value_type, count, enumeration: Vec::new() }
    }

    /// Returns the number of values of a descriptor of real numbers with a fixed length.
    #[must_use]
    pub fn fixed_reals(&self) -> Option<usize> {
        match (self.value_type, self.count) {
            (ValueType::Real, ValueCount::Fixed(count)) => Some(count),
            _ => None,
        }
    }
}

/// Descriptors in alphabetical order (UTF-16) of their canonical names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DescriptorLayout {
    entries: Vec<LayoutEntry>,
}

/// Error of a layout that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot use the layout: bad descriptor `{name}` (expected {expected}, got {got})")]
pub struct LayoutError {
    /// Name of the descriptor.
    pub name: String,
    /// Accepted content.
    pub expected: &'static str,
    /// Content of the layout.
    pub got: String,
}

impl DescriptorLayout {
    /// Returns the greatest common layout of points: descriptors that exist in every point with the same type. A
    /// descriptor that is missing (null) in a point is not common. All counts are variable.
    #[must_use]
    pub fn common(points: &[DescriptorSet]) -> Self {
        let Some((first, rest)) = points.split_first() else { return Self::default() };
        let mut layout = Self::default();
        for (name, value) in first.iter() {
            let Some(value_type) = value.value_type() else { continue };
            if rest.iter().all(|point| point.get(name).and_then(TrackValue::value_type) == Some(value_type)) {
                layout.entries.push(LayoutEntry::new(name, value_type, ValueCount::Variable));
            }
        }
        layout.entries.sort_by(|a, b| utf16_order(&a.name, &b.name));
        layout
    }

    /// Returns all descriptors in order.
    #[must_use]
    pub fn entries(&self) -> &[LayoutEntry] {
        &self.entries
    }

    /// Returns all names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Returns a descriptor by its canonical name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&LayoutEntry> {
        let at = self.position(name).ok()?;
        self.entries.get(at)
    }

    /// Returns a descriptor by its canonical name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut LayoutEntry> {
        let at = self.position(name).ok()?;
        self.entries.get_mut(at)
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| utf16_order(&entry.name, name))
    }

    /// Adds a descriptor, or replaces the one of its name.
    pub fn insert(&mut self, entry: LayoutEntry) {
        match self.position(&entry.name) {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
    }

    /// Keeps the descriptors whose names are in the list, or drops them.
    pub(crate) fn retain_names(&mut self, names: &[String], keep: bool) {
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        self.entries.retain(|entry| names.contains(entry.name.as_str()) == keep);
    }

    /// Returns the number of descriptors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the layout has no descriptors.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_layout_has_what_every_point_has_with_one_type() {
        let points: Vec<DescriptorSet> = [("a", 1.0), ("b", 2.0)]
            .iter()
            .map(|(key, number)| {
                let mut point = DescriptorSet::default();
                point.insert("x.all", TrackValue::Real(vec![*number]));
                point.insert("x.key", TrackValue::Text(vec![(*key).to_owned()]));
                let mixed = if *key == "a" { TrackValue::Real(vec![1.0]) } else { TrackValue::Text(vec!["1".into()]) };
                point.insert("x.mixed", mixed);
                let value = if *key == "a" { TrackValue::Missing } else { TrackValue::Real(vec![0.0]) };
                point.insert("x.null", value);
                point.insert(&format!("x.only_{key}"), TrackValue::Real(vec![0.0]));
                point
            })
            .collect();
        let layout = DescriptorLayout::common(&points);
        assert_eq!(layout.names().collect::<Vec<_>>(), [".x.all", ".x.key"]);
        assert_eq!(layout.get(".x.key").unwrap().value_type, ValueType::Text);
        assert!(layout.get("x.key").is_none());
    }

    #[test]
    fn entries_stay_in_order() {
        let mut layout = DescriptorLayout::default();
        for name in [".b", ".a_c", ".a.c", ".b"] {
            layout.insert(LayoutEntry::new(name, ValueType::Real, ValueCount::Fixed(1)));
        }
        assert_eq!(layout.names().collect::<Vec<_>>(), [".a.c", ".a_c", ".b"]);
        layout.retain_names(&[".b".into()], false);
        assert_eq!(layout.names().collect::<Vec<_>>(), [".a.c", ".a_c"]);
    }
}
