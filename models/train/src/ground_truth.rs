//! Ground truth: the class of each item.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::document::{Document, Node};
use crate::error::{ContentError, InputPlace, TrainError};

/// Class of each item, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroundTruth {
    class_name: String,
    labels: Vec<(String, String)>,
}

impl GroundTruth {
    /// Creates a ground truth from ids with their labels. The ids must be unique.
    #[must_use]
    pub fn new(class_name: impl Into<String>, labels: Vec<(String, String)>) -> Self {
        Self { class_name: class_name.into(), labels }
    }

    /// Reads a JSON or YAML file. Blocks.
    ///
    /// # Errors
    /// [`TrainError::Read`] if the file cannot be read, [`TrainError::Input`] if it is no ground truth.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let text = fs::read_to_string(path).map_err(TrainError::read(path))?;
        Ok(Self::parse(&path.display().to_string(), &text)?)
    }

    /// Parses JSON or YAML with the keys `version` (1), `type` (`singleClass`), `className` and `groundTruth`, a map from
    /// ids to labels. `name` is the name of the file for messages.
    ///
    /// # Errors
    /// [`ContentError`] with line or key if a key is missing or has another value, or an id is there twice.
    pub fn parse(name: &str, text: &str) -> Result<Self, ContentError> {
        let file = format!("ground truth `{name}`");
        let document = Document { file: &file, text };
        let root = document.parse()?;
        let Node::Map(_) = &root else {
            let got = root.describe();
            return Err(document.error(
                InputPlace::Whole,
                "no ground truth",
                "a map with `version` and `groundTruth`",
                got,
            ));
        };
        let value = |key: &str, expected: &str| match root.get(key) {
            Some(value) => Ok(value),
            None => Err(document.error(InputPlace::Key(key.to_owned()), "missing key", expected, "none")),
        };
        let version = value("version", "1")?;
        let is_first = matches!(version, Node::Number(1.0)) || matches!(version, Node::Text(text) if text == "1.0");
        if !is_first {
            return Err(document.key_error("version", "1", version));
        }
        let kind = value("type", "`singleClass`")?;
        if *kind != Node::text("singleClass") {
            return Err(document.key_error("type", "`singleClass`", kind));
        }
        let class_name = match value("className", "a name")? {
            Node::Text(name) if is_name(name) => name.clone(),
            other => return Err(document.key_error("className", "a name of letters, digits, `_` and `-`", other)),
        };
        let entries = match value("groundTruth", "a map from ids to labels")? {
            Node::Map(entries) => entries,
            other => return Err(document.key_error("groundTruth", "a map from ids to labels", other)),
        };
        let label = |(id, label): &(String, Node)| match label {
            Node::Text(label) if !label.is_empty() => Ok((id.clone(), label.clone())),
            other => Err(document.key_error(
                &format!("groundTruth.{id}"),
                "a label as text, in quotes if it is a number",
                other,
            )),
        };
        Ok(Self { class_name, labels: entries.iter().map(label).collect::<Result<_, _>>()? })
    }

    /// Returns the JSON text that [`GroundTruth::parse`] reads.
    #[must_use]
    pub fn to_json(&self) -> String {
        let labels = self.labels.iter().map(|(id, label)| (id.clone(), Node::text(label))).collect();
        let root = Node::Map(vec![
            ("version".into(), Node::Number(1.0)),
            ("type".into(), Node::text("singleClass")),
            ("className".into(), Node::text(&self.class_name)),
            ("groundTruth".into(), Node::Map(labels)),
        ]);
        // A tree of texts and finite numbers always serializes.
        serde_json::to_string_pretty(&root).unwrap_or_default()
    }

    /// Returns the name of the classification.
    #[must_use]
    pub fn class_name(&self) -> &str {
        &self.class_name
    }

    /// Returns the ids with their labels, in the order of the file.
    #[must_use]
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// Returns the classes with their numbers of items, in alphabetical order.
    #[must_use]
    pub fn class_counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        self.labels.iter().for_each(|(_, label)| *counts.entry(label.as_str()).or_default() += 1);
        counts
    }

    /// Checks that there are at least two classes, and that each has as many items as there are folds.
    ///
    /// # Errors
    /// [`TrainError::TooFewClasses`] or [`TrainError::SmallClass`].
    pub fn check_classes(&self, folds: usize) -> Result<(), TrainError> {
        let counts = self.class_counts();
        if counts.len() < 2 {
            return Err(TrainError::TooFewClasses { found: counts.keys().map(ToString::to_string).collect() });
        }
        match counts.iter().find(|(_, items)| **items < folds) {
            None => Ok(()),
            Some((class, items)) => Err(TrainError::SmallClass { class: (*class).to_owned(), folds, items: *items }),
        }
    }
}

/// Whether a name can be part of a file name and of a descriptor name.
pub(crate) fn is_name(name: &str) -> bool {
    let valid = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    !name.is_empty() && name.len() <= 100 && name.chars().all(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str =
        "version: 1.0\ntype: singleClass\nclassName: mood\ngroundTruth:\n  z: sad\n  a: happy\n  '7': sad\n";

    #[test]
    fn yaml_and_json_of_equal_content_give_equal_ground_truths_in_file_order() {
        let truth = GroundTruth::parse("g", VALID).unwrap();
        assert_eq!(truth.class_name(), "mood");
        assert_eq!(truth.labels()[0], ("z".to_owned(), "sad".to_owned()));
        assert_eq!(truth.class_counts(), [("happy", 1), ("sad", 2)].into());
        assert_eq!(GroundTruth::parse("g", &truth.to_json()).unwrap(), truth);
    }

    #[test]
    fn invalid_ground_truth_returns_error_with_key_expected_and_actual_value() {
        for (from, to, expected) in [
            ("version: 1.0", "version: 2.0", "key `version`: invalid value (expected 1, got 2)"),
            ("version: 1.0\n", "", "key `version`: missing key (expected 1, got none)"),
            ("singleClass", "multiClass", "key `type`: invalid value (expected `singleClass`, got `multiClass`)"),
            ("className: mood", "className: a/b", "key `className`"),
            ("a: happy", "a: 1980", "key `groundTruth.a`: invalid value (expected a label as text"),
            ("a: happy", "a: ~", "got nothing"),
            ("a: happy", "z: happy", "line 6"),
            ("  a: happy", "\ta: happy", "line 6: indented by a tab (expected spaces, got a tab)"),
        ] {
            assert!(VALID.contains(from));
            let error = GroundTruth::parse("g", &VALID.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.starts_with("cannot read ground truth `g`: ") && error.contains(expected), "{error}");
        }
        let list = "version: 1\ntype: singleClass\nclassName: m\ngroundTruth: [a, b]\n";
        let error = GroundTruth::parse("g", list).unwrap_err().to_string();
        assert!(
            error.contains("key `groundTruth`: invalid value (expected a map from ids to labels, got a list of 2"),
            "{error}"
        );
        let error = GroundTruth::parse("g", "[1]").unwrap_err().to_string();
        assert!(error.contains("no ground truth"), "{error}");
    }

    #[test]
    fn one_class_or_small_class_returns_error_with_numbers() {
        let labels = |counts: &[(&str, usize)]| {
            let items = counts
                .iter()
                .flat_map(|(label, count)| (0..*count).map(move |i| (format!("{label}{i}"), (*label).to_owned())));
            GroundTruth::new("c", items.collect())
        };
        assert!(labels(&[("a", 5), ("b", 5)]).check_classes(5).is_ok());
        let error = labels(&[("a", 9)]).check_classes(5).unwrap_err().to_string();
        assert_eq!(error, "cannot train: too few classes (expected at least 2, got only `a`)");
        let error = labels(&[("a", 9), ("b", 4)]).check_classes(5).unwrap_err().to_string();
        assert_eq!(error, "cannot divide class `b` into folds: too few items (expected at least 5, got 4)");
    }
}
