//! Errors of files of scenes, with their place.

use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Reason that a file of scenes is refused.
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
        /// Message with what was expected and what was found.
        message: String,
    },
}

/// Error with its place, in bytes of the text.
#[derive(Debug)]
pub(super) struct ParseError {
    pub(super) span: Range<usize>,
    pub(super) message: String,
}

impl ParseError {
    /// Converts the place to line and column of that file, whose text this is.
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
