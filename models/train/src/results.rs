//! Files of grid points: `.param`, `.result` and `.failed`, written atomically, so that a run can be resumed.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::document::{Document, Node};
use crate::error::{ContentError, InputPlace, TrainError};
use crate::keys::Keys;
use crate::point::PointParams;
use crate::scores::CrossValidation;

/// Outcome of a grid point.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PointOutcome {
    Finished(CrossValidation),
    Failed(String),
}

/// Folder of the files of one run.
#[derive(Debug, Clone)]
pub(crate) struct ResultsFolder {
    path: PathBuf,
    class_name: String,
}

impl ResultsFolder {
    /// Creates the folder if it is absent. Blocks.
    pub(crate) fn create(path: &Path, class_name: &str) -> Result<Self, TrainError> {
        fs::create_dir_all(path).map_err(TrainError::write(path))?;
        Ok(Self { path: path.to_owned(), class_name: class_name.to_owned() })
    }

    /// Returns the path of a file of a point.
    pub(crate) fn file(&self, params: &PointParams, extension: &str) -> PathBuf {
        self.path.join(format!("{}.{extension}", params.file_name(&self.class_name)))
    }

    /// Returns the result that an earlier run stored for the same data; none if there is none, or its file is damaged.
    pub(crate) fn stored(
        &self,
        params: &PointParams,
        fingerprint: &str,
        classes: &[String],
    ) -> Option<CrossValidation> {
        let path = self.file(params, "result");
        let text = fs::read_to_string(&path).ok()?;
        let (of, matrix) = parse_result(&path.display().to_string(), &text, classes).ok()?;
        (of == fingerprint).then_some(matrix)
    }

    /// Writes the outcome of a point: first its parameters, then the result or the cause of the failure. An outcome of
    /// another kind from an earlier run is removed. Blocks.
    pub(crate) fn store(
        &self,
        params: &PointParams,
        fingerprint: &str,
        outcome: &PointOutcome,
    ) -> Result<(), TrainError> {
        write_atomically(&self.file(params, "param"), params.to_yaml().as_bytes())?;
        let (extension, other, text) = match outcome {
            PointOutcome::Finished(matrix) => ("result", "failed", result_text(matrix, fingerprint)),
            PointOutcome::Failed(cause) => {
                let map = vec![("cause".to_owned(), Node::text(cause)), fingerprint_entry(fingerprint)];
                ("failed", "result", yaml(&Node::Map(map)))
            }
        };
        write_atomically(&self.file(params, extension), text.as_bytes())?;
        let other = self.file(params, other);
        match fs::remove_file(&other) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(TrainError::Write { path: other, error }),
            _ => Ok(()),
        }
    }
}

/// Writes a file so that it is complete or absent: under another name first. Blocks.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).map_err(|error| {
        // The error of writing is reported; the unfinished file is of no use.
        _ = fs::remove_file(&part);
        TrainError::Write { path: path.to_owned(), error }
    })
}

fn yaml(node: &Node) -> String {
    // A tree of texts and finite numbers always serializes.
    serde_saphyr::to_string(node).unwrap_or_default()
}

fn fingerprint_entry(fingerprint: &str) -> (String, Node) {
    ("fingerprint".to_owned(), Node::text(fingerprint))
}

fn result_text(matrix: &CrossValidation, fingerprint: &str) -> String {
    let classes = matrix.classes();
    let row = |actual: usize| {
        let cells = (0..classes.len()).filter(|predicted| !matrix.ids(actual, *predicted).is_empty());
        let ids = |predicted: usize| Node::List(matrix.ids(actual, predicted).iter().map(Node::text).collect());
        Node::Map(cells.map(|predicted| (classes[predicted].clone(), ids(predicted))).collect())
    };
    let rows = classes.iter().enumerate().map(|(actual, class)| (class.clone(), row(actual))).collect();
    let folds = matrix.folds().iter().map(|(id, fold)| (id.clone(), Node::Number(*fold as f64))).collect();
    let map = vec![
        ("matrix".to_owned(), Node::Map(rows)),
        ("fold".to_owned(), Node::Map(folds)),
        fingerprint_entry(fingerprint),
    ];
    yaml(&Node::Map(map))
}

/// Parses a `.result` file and returns its fingerprint, which is empty in files of Gaia, and the matrix.
fn parse_result(name: &str, text: &str, classes: &[String]) -> Result<(String, CrossValidation), ContentError> {
    let file = format!("result `{name}`");
    let document = Document { file: &file, text };
    let mut keys = Keys::new(document, "", document.parse()?)?;
    let fingerprint = keys.optional_text("fingerprint")?.unwrap_or_default();
    let mut folds = BTreeMap::new();
    let mut section = Keys::new(document, "fold", keys.require("fold", "a map from ids to folds")?)?;
    for (id, fold) in section.rest() {
        match fold {
            Node::Number(fold) if fold >= 0.0 && fold.fract() == 0.0 && fold <= 1e6 => folds.insert(id, fold as usize),
            other => return Err(document.key_error(&format!("fold.{id}"), "a whole number from 0", &other)),
        };
    }
    let mut matrix = CrossValidation::new(classes.to_vec());
    let index = |place: &str, class: &str| {
        let unknown = || document.key_error(place, &format!("one of {}", classes.join(", ")), &Node::text(class));
        classes.iter().position(|known| known == class).ok_or_else(unknown)
    };
    let mut rows = Keys::new(document, "matrix", keys.require("matrix", "a map")?)?;
    for (actual, row) in rows.rest() {
        let place = format!("matrix.{actual}");
        let actual = index(&place, &actual)?;
        for (predicted, ids) in Keys::new(document, &place, row)?.rest() {
            let predicted = index(&place, &predicted)?;
            let Node::List(ids) = ids else { return Err(document.key_error(&place, "a list of ids", &ids)) };
            for id in ids {
                let Node::Text(text) = &id else { return Err(document.key_error(&place, "an id", &id)) };
                let Some(fold) = folds.get(text) else {
                    let place = InputPlace::Key(format!("fold.{text}"));
                    return Err(document.error(place, "missing key", "a fold", "none"));
                };
                matrix.add(text, actual, predicted, *fold);
            }
        }
    }
    keys.finish()?;
    Ok((fingerprint, matrix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::KernelKind;

    fn params() -> PointParams {
        PointParams {
            preprocessing: "basic".into(),
            kernel: KernelKind::Rbf,
            c: 1.0,
            gamma: 1.0,
            balance_classes: false,
            descriptor_names: vec!["*".into()],
            exclude: Vec::new(),
            folds: 2,
        }
    }

    fn matrix(classes: &[String]) -> CrossValidation {
        let mut matrix = CrossValidation::new(classes.to_vec());
        for (index, id) in ["x: y", "12", "true", "é"].into_iter().enumerate() {
            matrix.add(id, index % 2, index / 2, index % 2);
        }
        matrix
    }

    #[test]
    fn stored_outcome_is_read_back_for_the_same_fingerprint_only() {
        let folder = tempfile::tempdir().unwrap();
        let results = ResultsFolder::create(&folder.path().join("results"), "c").unwrap();
        let classes = ["a b".to_owned(), "1980".to_owned()];
        assert_eq!(results.stored(&params(), "f", &classes), None);
        results.store(&params(), "f", &PointOutcome::Finished(matrix(&classes))).unwrap();
        assert_eq!(results.stored(&params(), "f", &classes), Some(matrix(&classes)));
        assert_eq!(results.stored(&params(), "g", &classes), None);
        results.store(&params(), "f", &PointOutcome::Failed("too slow".into())).unwrap();
        assert_eq!(results.stored(&params(), "f", &classes), None);
        assert!(fs::read_to_string(results.file(&params(), "failed")).unwrap().contains("cause: too slow"));
        let text = fs::read_to_string(results.file(&params(), "param")).unwrap();
        assert_eq!(PointParams::parse("p", &text).unwrap(), params());
        let parts = fs::read_dir(folder.path().join("results")).unwrap().flatten();
        assert_eq!(parts.filter(|file| file.path().extension().is_some_and(|end| end == "part")).count(), 0);
    }

    #[test]
    fn damaged_result_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let results = ResultsFolder::create(folder.path(), "c").unwrap();
        let classes = ["a".to_owned(), "b".to_owned()];
        results.store(&params(), "f", &PointOutcome::Finished(matrix(&classes))).unwrap();
        let path = results.file(&params(), "result");
        let text = fs::read_to_string(&path).unwrap();
        for damaged in [
            &text[..text.len() / 2],
            &text.replace("matrix", "matrices"),
            &text.replacen("fold:", "fold:\n  z: -1", 1),
            "",
        ] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(results.stored(&params(), "f", &classes), None, "{damaged}");
        }
    }
}
