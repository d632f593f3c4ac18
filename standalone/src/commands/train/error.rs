//! Error of `earmark train` and `earmark retrain`.

use std::io;
use std::path::{Path, PathBuf};

use earmark_files::error::FileError;
use earmark_install::InstallError;
use earmark_models::ModelError;
use earmark_train::TrainError;
use thiserror::Error;

use crate::args::{Features, Learner};

/// Error of `earmark train` and `earmark retrain`.
#[derive(Debug, Error)]
pub(super) enum TrainCommandError {
    /// The training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The model whose embedding is used is unknown or damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model whose embedding is used has none.
    #[error(transparent)]
    Embedding(FileError),
    /// Tracks cannot be analyzed.
    #[error("cannot use {count} of the tracks (expected audio or features of each, got an error; the first: {}: {error})", path.display())]
    Tracks {
        /// Number of these tracks.
        count: usize,
        /// First of them.
        path: PathBuf,
        /// Its error.
        error: String,
    },
    /// Tracks have no group.
    #[error("cannot group by {by}: {count} tracks have no such tag (expected one in each, got none in {})", path.display())]
    NoGroup {
        /// Name of the tag.
        by: String,
        /// Number of these tracks.
        count: usize,
        /// First of them.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// Error of the system.
        error: io::Error,
    },
    /// The trained model cannot be added.
    #[error("cannot add the model: {0}")]
    Install(#[from] InstallError),
    /// The system has no folder for added models.
    #[error("cannot add the model: {0}")]
    NoFolder(&'static str),
    /// Features and learner do not fit.
    #[error("cannot train: {0}")]
    Learner(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl TrainCommandError {
    /// Returns the error of a learner that does not take these features.
    pub(super) fn learner(features: &Features, learner: Learner) -> Self {
        let (taken, got) = match learner {
            Learner::Svm => ("svm", "descriptors"),
            Learner::Logistic => ("logistic", "embedding:<model>"),
        };
        let features = match features {
            Features::Descriptors => "descriptors".to_owned(),
            Features::Embedding(model) => format!("embedding:{model}"),
        };
        Self::Learner(format!("the learner {taken} takes other features (expected --features {got}, got {features})"))
    }

    /// Returns the error of a file that cannot be written.
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Write { path: path.to_owned(), error }
    }
}
