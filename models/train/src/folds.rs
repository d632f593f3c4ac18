//! Folds of cross-validation: Gaia's stratified folds, and folds that are given.

use std::collections::{BTreeMap, HashMap};

use crate::error::TrainError;
use crate::ground_truth::GroundTruth;
use crate::random::PythonRandom;

/// Kind of folds, for reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoldKind {
    /// Stratified by class: items of one artist or album can be on both sides.
    Plain,
    /// Stratified by class, and no group is on both sides.
    Grouped {
        /// Meaning of the groups, such as `artist`.
        by: String,
    },
    /// Given by the caller.
    Given {
        /// Description.
        by: String,
    },
}

impl std::fmt::Display for FoldKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain => f.write_str("plain (stratified by class)"),
            Self::Grouped { by } => write!(f, "grouped by {by} (stratified by class)"),
            Self::Given { by } => write!(f, "given ({by})"),
        }
    }
}

/// Property of folds that makes results less reliable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldWarning {
    /// A class has fewer groups than there are folds, so that folds are without it.
    #[error(
        "class `{class}` has fewer groups than folds (expected at least {folds}, got {groups}): folds without it have no recall of it"
    )]
    FewGroups {
        /// Label of the class.
        class: String,
        /// Number of folds.
        folds: usize,
        /// Number of groups of the class.
        groups: usize,
    },
}

/// Fold of each item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    count: usize,
    kind: FoldKind,
    warnings: Vec<FoldWarning>,
    by_id: HashMap<String, usize>,
}

impl Folds {
    /// Divides the items of each class as Gaia does: the ids of a class in file order are shuffled with the seed, and each
    /// fold takes the next `ceil(items / folds)` of them. The generator is seeded again for each class.
    ///
    /// # Errors
    /// [`TrainError::FoldCount`] if there are fewer than two folds or more folds than items, and the errors of
    /// [`GroundTruth::check_classes`].
    pub fn stratified(truth: &GroundTruth, count: usize, seed: u64) -> Result<Self, TrainError> {
        check_count(truth, count)?;
        truth.check_classes(count)?;
        let mut by_class: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        truth.labels().iter().for_each(|(id, label)| by_class.entry(label).or_default().push(id));
        let mut by_id = HashMap::new();
        for mut ids in by_class.into_values() {
            PythonRandom::new(seed).shuffle(&mut ids);
            let len = ids.len().div_ceil(count);
            by_id.extend(ids.into_iter().enumerate().map(|(index, id)| (id.clone(), index / len)));
        }
        Ok(Self { count, kind: FoldKind::Plain, warnings: Vec::new(), by_id })
    }

    /// Uses given folds.
    ///
    /// # Errors
    /// [`TrainError::FoldCount`] if there are fewer than two folds or an item is in a fold of a higher number, and
    /// [`TrainError::MissingGroups`] if an item of the ground truth has no fold.
    pub fn given(
        truth: &GroundTruth,
        kind: FoldKind,
        count: usize,
        by_id: HashMap<String, usize>,
        warnings: Vec<FoldWarning>,
    ) -> Result<Self, TrainError> {
        check_count(truth, count)?;
        if let Some(fold) = by_id.values().find(|fold| **fold >= count) {
            return Err(TrainError::FoldCount { items: truth.labels().len(), folds: fold + 1 });
        }
        check_all(truth, |id| by_id.contains_key(id))?;
        Ok(Self { count, kind, warnings, by_id })
    }

    /// Returns the number of folds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the kind of the folds.
    #[must_use]
    pub fn kind(&self) -> &FoldKind {
        &self.kind
    }

    /// Returns the warnings.
    #[must_use]
    pub fn warnings(&self) -> &[FoldWarning] {
        &self.warnings
    }

    /// Returns the fold of an item.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}

/// Checks that the number of folds is from 2 to the number of items.
pub(crate) fn check_count(truth: &GroundTruth, folds: usize) -> Result<(), TrainError> {
    let items = truth.labels().len();
    if (2..=items.max(2)).contains(&folds) { Ok(()) } else { Err(TrainError::FoldCount { items, folds }) }
}

/// Checks that each item of the ground truth is known.
pub(crate) fn check_all(truth: &GroundTruth, is_known: impl Fn(&str) -> bool) -> Result<(), TrainError> {
    let missing: Vec<_> = truth.labels().iter().filter(|(id, _)| !is_known(id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let first = missing.iter().take(5).map(|(id, _)| id.clone()).collect();
    Err(TrainError::MissingGroups { count: missing.len(), first })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Node};
    use crate::groups::Groups;

    fn fixture() -> Node {
        let text = include_str!("../../../tests/train/folds.json");
        Document { file: "folds", text }.parse().unwrap()
    }

    fn texts(node: &Node) -> Vec<(String, String)> {
        let Node::Map(entries) = node else { panic!("{node:?}") };
        let text = |value: &Node| match value {
            Node::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        entries.iter().map(|(id, value)| (id.clone(), text(value))).collect()
    }

    fn assert_equal(folds: &Folds, expected: &Node, seed: &str) {
        let Node::Map(expected) = expected else { panic!("{expected:?}") };
        for (id, fold) in expected {
            assert_eq!(Node::Number(folds.of(id).unwrap() as f64), *fold, "seed {seed}, item {id}");
        }
    }

    #[test]
    fn folds_of_twenty_seeds_equal_cpython() {
        let fixture = fixture();
        let truth = GroundTruth::new("c", texts(fixture.get("labels").unwrap()));
        let groups = Groups::new("artist", texts(fixture.get("groups").unwrap()));
        let Some(Node::Map(seeds)) = fixture.get("seeds") else { panic!("no seeds") };
        assert_eq!(seeds.len(), 20);
        for (seed, expected) in seeds {
            let number = seed.parse().unwrap();
            assert_equal(&Folds::stratified(&truth, 5, number).unwrap(), expected.get("plain").unwrap(), seed);
            assert_equal(&groups.folds(&truth, 5, number).unwrap(), expected.get("grouped").unwrap(), seed);
        }
    }

    #[test]
    fn class_of_six_fills_three_of_five_folds() {
        let labels = (0..12).map(|i| (format!("i{i}"), if i < 6 { "a" } else { "b" }.to_owned())).collect();
        let folds = Folds::stratified(&GroundTruth::new("c", labels), 5, 1).unwrap();
        let mut sizes = [0; 5];
        (0..6).for_each(|i| sizes[folds.of(&format!("i{i}")).unwrap()] += 1);
        assert_eq!(sizes, [2, 2, 2, 0, 0]);
    }

    #[test]
    fn invalid_counts_and_missing_items_return_errors() {
        let truth = GroundTruth::new("c", vec![("x".into(), "a".into()), ("y".into(), "b".into())]);
        for count in [0, 1, 3] {
            assert!(matches!(Folds::stratified(&truth, count, 1), Err(TrainError::FoldCount { .. })), "{count}");
        }
        assert!(matches!(Folds::stratified(&truth, 2, 1), Err(TrainError::SmallClass { .. })));
        let kind = || FoldKind::Given { by: "test".into() };
        let missing = Folds::given(&truth, kind(), 2, [("x".into(), 0)].into(), Vec::new());
        assert!(matches!(missing, Err(TrainError::MissingGroups { count: 1, .. })));
        let high = Folds::given(&truth, kind(), 2, [("x".into(), 0), ("y".into(), 2)].into(), Vec::new());
        assert!(matches!(high, Err(TrainError::FoldCount { folds: 3, .. })));
    }
}
