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
    /// The file is of a format that is no network.
    #[error(
        "cannot read the model file: unknown format (expected a TensorFlow graph, a SavedModel or an ONNX file, got {got}). \
         {next_step}"
    )]
    NotANetwork {
        /// Noun phrase that names the content of the file.
        got: String,
        /// Next step of the user, in one or two sentences.
        next_step: String,
    },
    /// A value within the network is not a number, which an operation may hide.
    #[error(
        "cannot use value `{value}` of the network: not finite (expected a number, got NaN for {input}). Add a small number \
         to the divisor or logarithm before it, and export the network again."
    )]
    NotFinite {
        /// Name of the value.
        value: String,
        /// The input of the test run.
        input: &'static str,
    },
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
    /// A question about the network is open, or its answer is none of the choices.
    #[error("cannot write the card: {0}")]
    Incomplete(
        /// The question, with expected and given answer.
        String,
    ),
    /// The id in a card is not a valid model id.
    #[error("cannot use the id of the card: expected at most 100 letters, digits, `-`, `_` and `.`, got {0:?}")]
    Name(String),
    /// Another model has this id.
    #[error("cannot use the id: expected an unused id, got the id of a model {0}")]
    IdInUse(String),
    /// The card is too large to be read again.
    #[error("cannot save the card: expected at most {expected} bytes of labels and texts, got {got}")]
    CardTooLarge {
        /// Limit in bytes.
        expected: u64,
        /// Size in bytes.
        got: usize,
    },
}

impl InstallError {
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.to_owned(), why: error.to_string() }
    }

    pub(crate) fn mismatch(what: &str, expected: impl ToString, got: impl ToString) -> Self {
        Self::Mismatch { what: what.to_owned(), expected: expected.to_string(), got: got.to_string() }
    }
}
