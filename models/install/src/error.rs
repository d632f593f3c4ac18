//! Errors of adding a model; every message has what was expected and what was found.

use std::path::{Path, PathBuf};

use earmark_import::ImportError;
use earmark_models::ModelError;
use thiserror::Error;

/// An error on the way from a file to a model.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum InstallError {
    /// A file cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The network cannot be converted.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The model does not load or run, or contradicts its card.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The metadata beside it is no such file.
    #[error("metadata: {0}")]
    Metadata(String),
    /// The metadata, or what is known of files of that name, contradicts the network in a way that cannot be put right.
    #[error("{what}: expected {expected}, got {got}")]
    Mismatch {
        /// Which.
        what: String,
        /// What the network, or its front-end, wants.
        expected: String,
        /// What came.
        got: String,
    },
    /// There is no telling what the network takes; a card or metadata would say it.
    #[error("expected a network of a known shape, or metadata or a card beside it, got {0}")]
    Unknown(String),
    /// The name of the file cannot be a model's.
    #[error("expected a name of letters, digits, `-`, `_` and `.`, got `{0}`")]
    Name(String),
    /// There is a model of that id already.
    #[error("expected an id that is free, got that of a model that is {0}")]
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
