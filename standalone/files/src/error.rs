//! Errors of one file.

use std::io;

use earmark_capture::decode::DecodeError;
use earmark_models::ModelError;
use thiserror::Error;

/// Reason that a file has no result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The model cannot analyze the file.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A folder was searched in vain.
    #[error("expected a file with at least one audio file below it, got an empty folder")]
    EmptyFolder,
    /// The decoder panicked; its message.
    #[error("the decoder gave up on this file: {0}")]
    Panic(String),
    /// The caller cancelled the work.
    #[error("interrupted")]
    Cancelled,
    /// The file is shorter than one patch.
    #[error("too short: need {need_s:.1} s, have {have_s:.1}")]
    TooShort {
        /// Length of a patch, in seconds.
        need_s: f64,
        /// Length of the file, in seconds.
        have_s: f64,
    },
    /// All of the file is silence, which has no embedding.
    #[error("silence: nothing to describe")]
    Silent,
    /// The models have no such embedding.
    #[error("expected a model that gives an embedding ({}), got `{got}`", .known.join(", "))]
    NoEmbedding {
        /// Id of the model.
        got: String,
        /// Ids of the models that give an embedding.
        known: Vec<String>,
    },
    /// The destination of the results cannot be opened.
    #[error("{name}: {error}")]
    Open {
        /// Path of the destination, or "standard output".
        name: String,
        /// Message of the system.
        error: String,
    },
    /// The result cannot be written.
    #[error("{0}")]
    Write(#[from] io::Error),
}
