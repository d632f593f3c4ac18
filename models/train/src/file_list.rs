//! File list: the descriptor file of each item.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::document::{Document, Node};
use crate::error::{ContentError, InputPlace, TrainError};
use crate::ground_truth::GroundTruth;

/// Number of ids that an error about unequal sets lists for each side.
const MAX_EXAMPLES: usize = 5;

/// Descriptor file of each item, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileList {
    files: Vec<(String, PathBuf)>,
}

impl FileList {
    /// Creates a file list. The ids must be unique.
    #[must_use]
    pub fn new(files: Vec<(String, PathBuf)>) -> Self {
        Self { files }
    }

    /// Reads a JSON or YAML file; relative paths are relative to its folder. Blocks.
    ///
    /// # Errors
    /// [`TrainError::Read`] if the file cannot be read, [`TrainError::Input`] if it is no file list.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let text = fs::read_to_string(path).map_err(TrainError::read(path))?;
        let mut list = Self::parse(&path.display().to_string(), &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        list.files.iter_mut().for_each(|(_, file)| *file = folder.join(&file));
        Ok(list)
    }

    /// Parses JSON or YAML: a map from ids to paths. `name` is the name of the file for messages.
    ///
    /// # Errors
    /// [`ContentError`] with line or key if the text is no such map, or an id is there twice.
    pub fn parse(name: &str, text: &str) -> Result<Self, ContentError> {
        let file = format!("file list `{name}`");
        let document = Document { file: &file, text };
        let entries = match document.parse()? {
            Node::Map(entries) => entries,
            other => {
                return Err(document.error(
                    InputPlace::Whole,
                    "no file list",
                    "a map from ids to paths",
                    other.describe(),
                ));
            }
        };
        let file = |(id, path): (String, Node)| match path {
            Node::Text(path) if !path.is_empty() => Ok((id, PathBuf::from(path))),
            other => Err(document.key_error(&id, "a path", &other)),
        };
        Ok(Self { files: entries.into_iter().map(file).collect::<Result<_, _>>()? })
    }

    /// Returns the JSON text that [`FileList::parse`] reads.
    #[must_use]
    pub fn to_json(&self) -> String {
        let files = self.files.iter().map(|(id, path)| (id.clone(), Node::text(path.to_string_lossy()))).collect();
        // A tree of texts always serializes.
        serde_json::to_string_pretty(&Node::Map(files)).unwrap_or_default()
    }

    /// Returns the ids with their files, in the order of the file.
    #[must_use]
    pub fn files(&self) -> &[(String, PathBuf)] {
        &self.files
    }

    /// Checks that the ground truth and this list have the same ids.
    ///
    /// # Errors
    /// [`TrainError::UnequalIds`] with the first ids of each side.
    pub fn check_ids(&self, truth: &GroundTruth) -> Result<(), TrainError> {
        let listed: HashSet<&str> = self.files.iter().map(|(id, _)| id.as_str()).collect();
        let known: HashSet<&str> = truth.labels().iter().map(|(id, _)| id.as_str()).collect();
        let only_in_truth: Vec<_> = truth.labels().iter().filter(|(id, _)| !listed.contains(id.as_str())).collect();
        let only_in_list: Vec<_> = self.files.iter().filter(|(id, _)| !known.contains(id.as_str())).collect();
        if only_in_truth.is_empty() && only_in_list.is_empty() {
            return Ok(());
        }
        Err(TrainError::UnequalIds {
            truth_count: only_in_truth.len(),
            only_in_truth: only_in_truth.iter().take(MAX_EXAMPLES).map(|(id, _)| id.clone()).collect(),
            list_count: only_in_list.len(),
            only_in_list: only_in_list.iter().take(MAX_EXAMPLES).map(|(id, _)| id.clone()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_relative_to_the_folder_of_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("files.yaml");
        fs::write(&path, "a: x/a.json\nb: /b.json\n").unwrap();
        let list = FileList::read(&path).unwrap();
        assert_eq!(list.files()[0], ("a".to_owned(), folder.path().join("x/a.json")));
        assert_eq!(list.files()[1].1, PathBuf::from("/b.json"));
        assert_eq!(FileList::parse("f", &list.to_json()).unwrap(), list);
    }

    #[test]
    fn invalid_list_returns_error_with_key_or_line() {
        for (text, expected) in [
            ("- a\n- b\n", "no file list (expected a map from ids to paths, got a list of 2 values)"),
            ("a: [1]\n", "key `a`: invalid value (expected a path, got a list of 1 values)"),
            ("{\"a\": \"x\", \"a\": \"y\"}", "key `a` is there twice"),
        ] {
            let error = FileList::parse("f", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn unequal_ids_return_error_with_the_first_of_each_side() {
        let truth = GroundTruth::new("c", (0..9).map(|i| (format!("t{i}"), "x".to_owned())).collect());
        let list = FileList::new(vec![("t0".into(), "f".into()), ("extra".into(), "g".into())]);
        let error = list.check_ids(&truth).unwrap_err().to_string();
        assert!(
            error.contains("8 only in the ground truth: t1, t2, t3, t4, t5, 1 only in the file list: extra)"),
            "{error}"
        );
        let equal = FileList::new((0..9).rev().map(|i| (format!("t{i}"), "f".into())).collect());
        assert!(equal.check_ids(&truth).is_ok());
    }
}
