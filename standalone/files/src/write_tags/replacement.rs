//! Copy of a file that replaces it in one step.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::whole_file::with_suffix;

/// Copy of a file beside it, which replaces it in one step or is removed.
#[derive(Debug)]
pub(super) struct Replacement {
    part: PathBuf,
    path: PathBuf,
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // After `finish`, there is none.
        let _ = fs::remove_file(&self.part);
    }
}

impl Replacement {
    /// Creates a copy with this content and the permissions of the file. Blocks.
    ///
    /// # Errors
    /// If the copy exists, or cannot be written.
    pub(super) fn create(path: &Path, content: &[u8]) -> io::Result<Self> {
        let part = with_suffix(path, ".part");
        let mut file = File::create_new(&part)?;
        // From here on, the copy is removed in any case.
        let replacement = Self { part, path: path.to_owned() };
        file.write_all(content)?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        Ok(replacement)
    }

    /// Returns the path of the copy.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// Replaces the file by the copy. Blocks until the content of the copy is on the disk.
    ///
    /// # Errors
    /// If the copy cannot be written; then the file is as before.
    pub(super) fn finish(self) -> io::Result<()> {
        File::options().write(true).open(&self.part)?.sync_all()?;
        fs::rename(&self.part, &self.path)
    }
}
