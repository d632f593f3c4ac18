//! Where in a file something is wrong, and what.

use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a file of scenes is refused.
#[derive(Debug, Error)]
pub(crate) enum SceneError {
    /// It cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Characters, counted from 1.
        column: usize,
        /// What was expected, and what is there.
        message: String,
    },
}

/// Something wrong, and where, in bytes of the text.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) span: Range<usize>,
    pub(super) message: String,
}

impl Wrong {
    /// The error about that file, whose text this is.
    pub(super) fn located(self, path: &Path, text: &str) -> SceneError {
        let before = text.get(..self.span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        SceneError::Wrong {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: self.message,
        }
    }
}
