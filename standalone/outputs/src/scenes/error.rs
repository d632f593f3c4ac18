//! Errors of scene files, with line and column.

use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Error of a scene file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SceneError {
    /// The file cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// The file is not valid.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column in characters, counted from 1.
        column: usize,
        /// Message with the expected and the actual text.
        message: String,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {error}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// The mappings are written as one inline list, which is not edited.
    #[error("{}: cannot change the mappings: expected `[[map]]` tables, got an inline list", .path.display())]
    InlineMappings {
        /// The file.
        path: PathBuf,
    },
}

/// Parse error with its byte range in the text.
#[derive(Debug)]
pub(super) struct ParseError {
    pub(super) span: Range<usize>,
    pub(super) message: String,
}

impl ParseError {
    /// Converts the byte range to line and column of the file `path` with this text.
    pub(super) fn located(self, path: &Path, text: &str) -> SceneError {
        let before = text.get(..self.span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        SceneError::Invalid {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: self.message,
        }
    }
}
