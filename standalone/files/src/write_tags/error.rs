//! Errors of writing tags and of restoring files.

use std::io;
use std::path::PathBuf;

use earmark_capture::decode::DecodeError;
use thiserror::Error;

/// Reason why tags of a file cannot be written, or a file cannot be restored. The file is unchanged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteTagsError {
    /// A pipe, a device or standard input.
    #[error("cannot write tags (expected a file, got a pipe or a device)")]
    Pipe,
    /// A symbolic link: its target would be replaced by a file of this name.
    #[error("cannot write tags (expected a file, got a link to {})", .target.display())]
    Link {
        /// Target of the link.
        target: PathBuf,
    },
    /// A file with several names: the others would keep the old content.
    #[error("cannot write tags (expected a file with one name, got {links} hard links)")]
    HardLinks {
        /// Number of names.
        links: u64,
    },
    /// The file is read-only.
    #[error("cannot write tags (expected a file that can be written, got a read-only file)")]
    ReadOnly,
    /// Another program has locked the file or has it open for writing.
    #[error("cannot write tags (expected a file that no other program writes, got one in use)")]
    InUse,
    /// The file has changed since it was analyzed.
    #[error("cannot write tags (expected the file that was analyzed, got another size or time)")]
    Changed,
    /// The format has no tags that are written.
    #[error("cannot write tags (expected MP3, FLAC, Ogg Vorbis, Opus or MP4, got {got})")]
    Format {
        /// Name of the format.
        got: String,
    },
    /// The tags cannot be read or written.
    #[error("cannot write tags: {0}")]
    Tags(String),
    /// The written copy has other audio or other tags than the file, and was thrown away.
    #[error("cannot write tags: the copy differs (expected the same {what}, got others)")]
    Copy {
        /// Part that differs: `audio`, `other tags` or `values`.
        what: &'static str,
    },
    /// The audio cannot be read.
    #[error("cannot write tags: {0}")]
    Audio(#[from] DecodeError),
    /// A file cannot be read or written.
    #[error("cannot write tags: {0}")]
    Io(#[from] io::Error),
    /// The journal cannot be read or written.
    #[error("cannot use the journal {}: {why}", .path.display())]
    Journal {
        /// Journal.
        path: PathBuf,
        /// Cause.
        why: String,
    },
    /// The file is neither the one that was written nor the one before.
    #[error(
        "cannot restore the file (expected sha256 {expected}, got {got}): it was changed since its tags were written"
    )]
    RestoreChanged {
        /// Hash of the written file.
        expected: String,
        /// Hash of the present file.
        got: String,
    },
    /// The journal does not give the file back.
    #[error("cannot restore the file: the journal is damaged (expected sha256 {expected}, got {got})")]
    RestoreDamaged {
        /// Hash of the file before its tags were written.
        expected: String,
        /// Hash of the file that the journal gives.
        got: String,
    },
}
