//! Errors of recording.

use std::path::PathBuf;

use thiserror::Error;

/// Error of a recording or a clip.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Privacy mode is on.
    #[error("cannot record: privacy mode is on")]
    Private,
    /// The file cannot be created.
    #[error("cannot record to {}: {error}", .path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Message of the system.
        error: String,
    },
    /// The file cannot be written.
    #[error("cannot write the recording: {0}")]
    Write(String),
    /// The file has reached the maximum size of a WAV file.
    #[error("the WAV file has reached its maximum size of 4 GiB")]
    Full,
    /// The next stream has another sample rate.
    #[error("the sample rate changed from {from_hz} to {to_hz} Hz")]
    RateChange {
        /// Rate of the file, in Hz.
        from_hz: f64,
        /// Rate of the stream, in Hz.
        to_hz: f64,
    },
    /// The header cannot be completed; the samples are in the file.
    #[error("cannot finish the recording: {0}")]
    Finish(String),
    /// A clip cannot be written.
    #[error("cannot write the clip {}: {error}", .path.display())]
    Clip {
        /// The file.
        path: PathBuf,
        /// Message of the system.
        error: String,
    },
}
