//! Errors of recording.

use std::path::PathBuf;

use thiserror::Error;

/// Reason that audio is not recorded, or not all of it.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The recorder is set to keep no audio.
    #[error("no sound is kept: it is set to be private")]
    Private,
    /// The file cannot be created.
    #[error("cannot record to {}: {error}", .path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Message of the system.
        error: String,
    },
    /// The file cannot be written any further.
    #[error("{0}")]
    Write(String),
    /// The file has the size that the format can count.
    #[error("a WAV file holds no more")]
    Full,
    /// The next stream has another rate, and a WAV file has one.
    #[error("the rate changed from {from_hz} to {to_hz} Hz")]
    RateChange {
        /// Rate of the file, in Hz.
        from_hz: f64,
        /// Rate of the stream, in Hz.
        to_hz: f64,
    },
    /// The header cannot be completed; the samples are in the file.
    #[error("the recording cannot be finished: {0}")]
    Finish(String),
    /// A clip cannot be written.
    #[error("the clip {} cannot be written: {error}", .path.display())]
    Clip {
        /// The file.
        path: PathBuf,
        /// Message of the system.
        error: String,
    },
}
