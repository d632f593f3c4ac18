//! Errors of training, with the expected and the actual value.

use std::fmt;
use std::path::{Path, PathBuf};

use earmark_gaia::DescriptorFileError;

/// Place in an input file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputPlace {
    /// The file as a whole.
    Whole,
    /// Line, counted from 1.
    Line(u64),
    /// Dotted key.
    Key(String),
}

impl fmt::Display for InputPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, "line {line}: "),
            Self::Key(key) => write!(f, "key `{key}`: "),
        }
    }
}

/// Error in the content of an input file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {file}: {place}{cause} (expected {expected}, got {got})")]
pub struct ContentError {
    /// Kind and name of the file.
    pub file: String,
    /// Place of the error.
    pub place: InputPlace,
    /// Cause in a few words.
    pub cause: String,
    /// Expected content.
    pub expected: String,
    /// Content of the file.
    pub got: String,
}

/// Error of training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file has other content than expected.
    #[error(transparent)]
    Input(#[from] ContentError),
    /// A file or folder cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// File or folder.
        path: PathBuf,
        /// Answer of the system.
        error: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// File.
        path: PathBuf,
        /// Answer of the system.
        error: std::io::Error,
    },
    /// The ground truth and the file list have different ids.
    #[error(
        "cannot pair ground truth and file list: the ids differ (expected equal ids, got {truth_count} only in the ground \
         truth{truth}, {list_count} only in the file list{list})",
        truth = examples(only_in_truth), list = examples(only_in_list)
    )]
    UnequalIds {
        /// Number of ids that only the ground truth has.
        truth_count: usize,
        /// First of them, in order.
        only_in_truth: Vec<String>,
        /// Number of ids that only the file list has.
        list_count: usize,
        /// First of them, in order.
        only_in_list: Vec<String>,
    },
    /// There are fewer than two classes.
    #[error("cannot train: too few classes (expected at least 2, got {})", classes(found))]
    TooFewClasses {
        /// Classes of the ground truth.
        found: Vec<String>,
    },
    /// A class has fewer items than there are folds.
    #[error("cannot divide class `{class}` into folds: too few items (expected at least {folds}, got {items})")]
    SmallClass {
        /// Label of the class.
        class: String,
        /// Number of folds.
        folds: usize,
        /// Number of items of the class.
        items: usize,
    },
    /// The number of folds is out of range.
    #[error("cannot divide into folds: invalid number of folds (expected 2 to {items}, got {folds})")]
    FoldCount {
        /// Number of items.
        items: usize,
        /// Number of folds.
        folds: usize,
    },
    /// There are fewer groups than folds.
    #[error("cannot divide groups into folds: too few groups (expected at least {folds}, got {groups})")]
    TooFewGroups {
        /// Number of folds.
        folds: usize,
        /// Number of groups.
        groups: usize,
    },
    /// Items have no group.
    #[error(
        "cannot divide groups into folds: {count} items have no group (expected a group for each id, got none{})",
        examples(first)
    )]
    MissingGroups {
        /// Number of items without group.
        count: usize,
        /// First of them, in order.
        first: Vec<String>,
    },
    /// A folder has no folders of classes.
    #[error("cannot read classes from {}: too few folders (expected at least 2 with files, got {got})", path.display())]
    ClassFolders {
        /// Folder.
        path: PathBuf,
        /// Number of folders in it.
        got: usize,
    },
    /// The folder of a class has no descriptor file.
    #[error("cannot read class from {}: no tracks (expected at least one file, got 0)", path.display())]
    EmptyClassFolder {
        /// Folder.
        path: PathBuf,
    },
    /// Two files have the same id.
    #[error("cannot name item `{id}`: two files have this name (expected unique names, got {} and {})", first.display(), second.display())]
    EqualNames {
        /// Id of both.
        id: String,
        /// First file.
        first: PathBuf,
        /// Second file.
        second: PathBuf,
    },
    /// A descriptor file cannot be read.
    #[error(transparent)]
    Descriptors(#[from] DescriptorFileError),
    /// A pattern matches no descriptor, or several prefixes.
    #[error("cannot apply preprocessing `{variant}`: {cause}")]
    Variant {
        /// Name of the preprocessing.
        variant: String,
        /// Cause with expected and actual value.
        cause: String,
    },
    /// A name does not exist.
    #[error("cannot find {what} `{name}`: unknown name (expected one of {known}, got `{name}`)")]
    UnknownName {
        /// Kind of the name.
        what: &'static str,
        /// Name.
        name: String,
        /// Known names.
        known: String,
    },
    /// A classifier cannot be trained with these parameters on these items.
    #[error("cannot train {point}: {cause}")]
    Point {
        /// Canonical text of the parameters.
        point: String,
        /// Cause.
        cause: String,
    },
    /// The grid has no finished point.
    #[error(
        "cannot select a model: no grid point is finished (expected at least 1, got 0 finished and {failed} failed)"
    )]
    NoResults {
        /// Number of failed points.
        failed: usize,
    },
    /// Training was cancelled.
    #[error("cannot finish training: cancelled")]
    Cancelled,
    /// Embeddings are unusable.
    #[error("cannot fit a head: {cause}")]
    Head {
        /// Cause with expected and actual value.
        cause: String,
    },
}

impl TrainError {
    /// Returns a function that adds the path to an error of reading.
    pub(crate) fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Read { path: path.to_owned(), error }
    }

    /// Returns a function that adds the path to an error of writing.
    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Write { path: path.to_owned(), error }
    }
}

fn examples(ids: &[String]) -> String {
    if ids.is_empty() { String::new() } else { format!(": {}", ids.join(", ")) }
}

fn classes(found: &[String]) -> String {
    if found.is_empty() { "none".to_owned() } else { format!("only `{}`", found.join("`, `")) }
}
