//! Selection and removal of descriptors by name.

use std::collections::BTreeSet;

use crate::descriptor_set::DescriptorSet;
use crate::layout::DescriptorLayout;
use crate::pattern::{Matches, PatternError, Unmatched, select_names};

/// Selection of descriptors; all others are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Select {
    /// Canonical names that stay.
    pub names: Vec<String>,
}

/// Removal of descriptors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remove {
    /// Canonical names that are dropped.
    pub names: Vec<String>,
}

impl Select {
    /// Selects descriptors of a layout by patterns, except those that other patterns match.
    ///
    /// # Errors
    /// If a pattern is ambiguous, or matches nothing and that is refused.
    pub fn fit<P: AsRef<str>>(
        layout: &DescriptorLayout,
        patterns: &[P],
        except: &[P],
        unmatched: Unmatched,
    ) -> Result<(Self, Matches), PatternError> {
        let mut matches = select_names(patterns, layout.names(), unmatched)?;
        let excepted = select_names(except, layout.names(), unmatched)?;
        let dropped: BTreeSet<&str> = excepted.names.iter().map(String::as_str).collect();
        matches.names.retain(|name| !dropped.contains(name.as_str()));
        matches.unmatched.extend(excepted.unmatched);
        Ok((Self { names: matches.names.clone() }, matches))
    }

    /// Drops all other descriptors of a point.
    pub fn apply(&self, point: &mut DescriptorSet) {
        let names: BTreeSet<&str> = self.names.iter().map(String::as_str).collect();
        point.retain(|name| names.contains(name));
    }
}

impl Remove {
    /// Selects descriptors of a layout by patterns, for removal.
    ///
    /// # Errors
    /// If a pattern is ambiguous, or matches nothing and that is refused.
    pub fn fit<P: AsRef<str>>(
        layout: &DescriptorLayout,
        patterns: &[P],
        unmatched: Unmatched,
    ) -> Result<(Self, Matches), PatternError> {
        let matches = select_names(patterns, layout.names(), unmatched)?;
        Ok((Self { names: matches.names.clone() }, matches))
    }

    /// Drops the descriptors of a point.
    pub fn apply(&self, point: &mut DescriptorSet) {
        let names: BTreeSet<&str> = self.names.iter().map(String::as_str).collect();
        point.retain(|name| !names.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor_set::TrackValue;

    fn point() -> DescriptorSet {
        let mut point = DescriptorSet::default();
        for name in ["a.x", "a.y", "b.x"] {
            point.insert(name, TrackValue::Real(vec![0.0]));
        }
        point
    }

    #[test]
    fn selection_keeps_and_removal_drops_the_matches() {
        let layout = DescriptorLayout::common(&[point()]);
        let (select, _) = Select::fit(&layout, &["a*"], &["a.y"], Unmatched::Refuse).unwrap();
        let mut selected = point();
        select.apply(&mut selected);
        assert_eq!(selected.iter().map(|(name, _)| name).collect::<Vec<_>>(), [".a.x"]);
        let (remove, matches) = Remove::fit(&layout, &["*.x", "c"], Unmatched::Report).unwrap();
        let mut rest = point();
        remove.apply(&mut rest);
        assert_eq!(rest.iter().map(|(name, _)| name).collect::<Vec<_>>(), [".a.y"]);
        assert_eq!(matches.unmatched[0].pattern, "c");
        assert!(Remove::fit(&layout, &["c"], Unmatched::Refuse).is_err());
    }
}
