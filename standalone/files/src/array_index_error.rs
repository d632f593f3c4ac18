//! Error of the index of a folder of arrays.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Error of an index that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArrayIndexError {
    /// A line is no entry of an index.
    #[error(
        "cannot read the index {}: line {line} is none of ours (expected JSON with the schema `{schema}`): {why}. \
         Choose another folder", .path.display()
    )]
    Line {
        /// Path of the index.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// Schema of an entry.
        schema: &'static str,
        /// Cause.
        why: String,
    },
    /// The index cannot be read or written.
    #[error("cannot use the index {}: {error}", .path.display())]
    Io {
        /// Path of the index.
        path: PathBuf,
        /// Message of the system.
        error: io::Error,
    },
}
