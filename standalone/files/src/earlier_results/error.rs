//! Errors of a run that continues after the results of an earlier one.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Reason why a run cannot continue after the results in an output file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EarlierResultsError {
    /// The file cannot be read.
    #[error("cannot read the earlier results in {}: {error}", .path.display())]
    Io {
        /// Output file.
        path: PathBuf,
        /// Message of the system.
        error: io::Error,
    },
    /// The file has something else.
    #[error("cannot continue {}: line {line} is no result (expected {expected}, got {got})", .path.display())]
    Line {
        /// Output file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: u64,
        /// Content that was expected.
        expected: String,
        /// Content that was found.
        got: String,
    },
    /// The results were made with other settings.
    #[error("cannot continue {}: its results were made with other settings (expected {expected}, got {got})", .path.display())]
    Settings {
        /// Output file.
        path: PathBuf,
        /// Setting of this run.
        expected: String,
        /// Setting of the earlier run.
        got: String,
    },
}
