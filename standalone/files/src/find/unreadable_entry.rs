//! Entry of a folder that a search cannot read.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Longest extension of a file name; what follows the dot in a longer one, or one without letters, is part of the name, as
/// in the folder "Vol.2".
const MAX_EXTENSION_LEN: usize = 5;

/// Entry of a folder that a search cannot read.
#[derive(Debug, Error)]
#[error("{}: {cause}", .path.display())]
pub struct UnreadableEntry {
    /// Path of the entry.
    pub path: PathBuf,
    /// Cause.
    pub cause: UnreadableCause,
}

/// Reason why a search cannot read an entry of a folder.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UnreadableCause {
    /// The target of a symbolic link does not exist.
    #[error("cannot follow the link (expected a file or a folder, got none at {})", .target.display())]
    DanglingLink {
        /// Target as written in the link.
        target: PathBuf,
    },
    /// The entry has the name of an audio file, but is a pipe or a device, which may block without end.
    #[error(
        "cannot read the entry of the folder (expected a file, got a pipe or a device). A pipe is read if it is named"
    )]
    SpecialFile,
    /// The system refuses access.
    #[error("cannot read the entry of the folder: {0}")]
    Io(io::Error),
}

impl UnreadableEntry {
    /// Returns the entry of an error of the search of `folder`.
    pub(super) fn of(error: walkdir::Error, folder: &Path) -> Self {
        let path = error.path().unwrap_or(folder).to_owned();
        let cause = match (error.io_error().map(io::Error::kind), path.read_link()) {
            (Some(ErrorKind::NotFound), Ok(target)) => UnreadableCause::DanglingLink { target },
            _ => UnreadableCause::Io(error.into_io_error().unwrap_or_else(|| ErrorKind::Other.into())),
        };
        Self { path, cause }
    }

    /// Returns a pipe or a device.
    pub(super) fn special_file(path: PathBuf) -> Self {
        Self { path, cause: UnreadableCause::SpecialFile }
    }

    /// Whether the entry may be a wanted file or a folder. A dangling link with the extension of another kind of file is
    /// neither.
    pub(super) fn may_be_wanted(&self, is_wanted: fn(&Path) -> bool) -> bool {
        let is_link = matches!(self.cause, UnreadableCause::DanglingLink { .. });
        let extension = self.path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let is_extension = (1..=MAX_EXTENSION_LEN).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && extension.bytes().any(|byte| byte.is_ascii_alphabetic());
        !is_link || !is_extension || is_wanted(&self.path)
    }
}
