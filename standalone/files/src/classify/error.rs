//! Error of loading a classifier.

use std::path::PathBuf;

use earmark_gaia::{ClassifierError, HistoryError};
use earmark_models::ModelError;
use thiserror::Error;

/// Error of loading a classifier.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadClassifierError {
    /// No classifier was added, and none is named.
    #[error(
        "cannot classify without a classifier (expected `--model` with an id or a `.history` file, or an added classifier, got none)"
    )]
    None,
    /// The model is unknown, is a network, or its files cannot be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Message of the system.
        error: String,
    },
    /// The file is not a valid `.history` file.
    #[error("cannot read classifier {name}: {error}")]
    HistoryFile {
        /// Path or id.
        name: String,
        /// Cause.
        error: Box<HistoryError>,
    },
    /// The chain of transformations cannot be run.
    #[error("cannot use classifier {name}: {error}")]
    Classifier {
        /// Path or id.
        name: String,
        /// Cause.
        error: Box<ClassifierError>,
    },
}
