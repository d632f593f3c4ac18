//! Size and time of a file, by which a changed file is recognized.

use std::fs::Metadata;
use std::time::SystemTime;

/// Size and time of a file when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeAndTime {
    /// Size in bytes.
    pub size_bytes: u64,
    /// Time of the last change, if the file system has one.
    pub modified: Option<SystemTime>,
}

impl SizeAndTime {
    /// Returns the size and the time of a file.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self { size_bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}
