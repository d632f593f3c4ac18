//! Error of the state file of a watch.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Error of the state file of a watch.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WatchStateError {
    /// The file cannot be read or written.
    #[error("cannot use the state file {}: {error}", .path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Message of the system.
        error: io::Error,
    },
    /// The file has other content.
    #[error("cannot use {} (expected the state file of a watch, got something else)", .path.display())]
    NoState {
        /// Path of the file.
        path: PathBuf,
    },
    /// The file belongs to a watch with other options.
    #[error("cannot use the state file {}: it belongs to a watch with other options (expected {expected}, got {got})", .path.display())]
    OtherOptions {
        /// Path of the file.
        path: PathBuf,
        /// Options of this watch.
        expected: String,
        /// Options of the file.
        got: String,
    },
    /// Another program has the file.
    #[error("cannot use the state file {}: another watch with the same options is running", .path.display())]
    InUse {
        /// Path of the file.
        path: PathBuf,
    },
}
