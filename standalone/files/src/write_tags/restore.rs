//! Restoration of files from a journal.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::WriteTagsError;
use super::journal::{JournalEntry, read};
use super::replacement::Replacement;
use super::safe_target::SafeTarget;

/// Outcome of the restoration of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// The file is as it was before its tags were written; in a dry run, it would be.
    Restored,
    /// The file was so already.
    Unchanged,
}

/// File of a journal.
#[derive(Debug)]
pub struct RestoredFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Outcome, or the reason why the file stays as it is.
    pub outcome: Result<RestoreOutcome, WriteTagsError>,
}

/// Restores the files of a journal, the last written first, byte for byte; with `dry_run`, only checks that they can be
/// restored. `take` gets each file as soon as it is done, and returns false to stop. Blocks.
///
/// # Errors
/// If the journal cannot be read.
pub fn restore_files(
    journal: &Path,
    dry_run: bool,
    mut take: impl FnMut(RestoredFile) -> bool,
) -> Result<(), WriteTagsError> {
    for entry in read(journal)?.iter().rev() {
        let path = entry.path.to_path();
        let outcome = restore(&path, entry, dry_run);
        if !take(RestoredFile { path, outcome }) {
            break;
        }
    }
    Ok(())
}

fn restore(path: &Path, entry: &JournalEntry, dry_run: bool) -> Result<RestoreOutcome, WriteTagsError> {
    let _target = SafeTarget::check(path)?;
    let present = fs::read(path)?;
    let hash = earmark_models::sha256(&present);
    if hash == entry.sha256_before {
        return Ok(RestoreOutcome::Unchanged);
    }
    if hash != entry.sha256_after {
        return Err(WriteTagsError::RestoreChanged { expected: entry.sha256_after.clone(), got: hash });
    }
    let before = entry.undo.undo(&present).unwrap_or_default();
    let got = earmark_models::sha256(&before);
    if got != entry.sha256_before {
        return Err(WriteTagsError::RestoreDamaged { expected: entry.sha256_before.clone(), got });
    }
    if !dry_run {
        Replacement::create(path, &before)?.finish()?;
    }
    Ok(RestoreOutcome::Restored)
}
