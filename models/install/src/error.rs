//! Errors of the installation of a model.

use std::path::{Path, PathBuf};

use earmark_import::ImportError;
use earmark_models::ModelError;
use thiserror::Error;

/// An error of the installation of a model.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum InstallError {
    /// A file cannot be read or written.
    #[error("cannot access {path}: {why}")]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Message of the operating system, or the reason.
        why: String,
    },
    /// The network cannot be converted.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The model does not load or run, or does not match its card.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The `.history` file is invalid, or its chain of transformations cannot be run.
    #[error("cannot use the classifier: {0}")]
    Classifier(String),
    /// The metadata file is invalid.
    #[error("cannot read the metadata: {0}")]
    Metadata(String),
    /// The metadata or the known model of this name does not match the network.
    #[error("cannot use {what}: expected {expected}, got {got}")]
    Mismatch {
        /// The property that does not match.
        what: String,
        /// The value that the network or its front-end requires.
        expected: String,
        /// The actual value.
        got: String,
    },
    /// The input of the network is unknown, and neither metadata nor a card describes it.
    #[error("cannot determine the input of the network: expected a known shape, metadata or a card, got {0}")]
    Unknown(String),
    /// The name of the file is not a valid model id.
    #[error("cannot use the file name as id: expected letters, digits, `-`, `_` and `.`, got `{0}`")]
    Name(String),
    /// Another model has this id.
    #[error("cannot use the id: expected an unused id, got the id of a model {0}")]
    IdInUse(String),
}

impl InstallError {
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), why: error.to_string() }
    }

    pub(crate) fn mismatch(what: &str, expected: impl ToString, got: impl ToString) -> Self {
        Self::Mismatch { what: what.to_owned(), expected: expected.to_string(), got: got.to_string() }
    }
}
