//! Writer of tempo, genre and mood in the tags of analyzed files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use earmark_capture::decode::{SizeAndTime, packet_digest};
use serde::Serialize;

use super::audio_tags::AudioTags;
use super::byte_difference::ByteDifference;
use super::error::WriteTagsError;
use super::journal::{JournalEntry, TagJournal};
use super::replacement::Replacement;
use super::safe_target::SafeTarget;
use super::tag_field::TagField;
use super::tag_values::TagValueRules;
use crate::analyzed_file::{AnalyzedFile, size_and_time};
use crate::tag::TaggedFile;

/// Writer of tags.
#[derive(Debug)]
pub struct TagWriter {
    /// Fields to write.
    pub fields: Vec<TagField>,
    /// Rules by which values become tags.
    pub rules: TagValueRules,
    /// Whether fields that have a value stay as they are.
    pub only_missing: bool,
    /// Journal of the files; `None` writes nothing: a dry run.
    pub journal: Option<TagJournal>,
}

/// Change of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Values before; none if there was no field.
    pub before: Vec<String>,
    /// Value afterwards.
    pub after: String,
}

/// Changes of the tags of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagsWritten {
    /// Fields that have another value; none if the file stays as it is.
    pub changes: BTreeMap<TagField, FieldChange>,
    /// Whether the file was replaced.
    pub is_written: bool,
}

impl TagWriter {
    /// Writes the values of an analyzed file into its tags: into a copy whose audio and other tags are compared with those of
    /// the file, which it then replaces in one step. The journal has the entry before that. Memory grows with the size of the
    /// file. Blocks.
    ///
    /// # Errors
    /// If the file is a pipe, a link, read-only, in use, changed since the analysis or of another format, or cannot be written;
    /// it is unchanged then.
    pub fn write(&mut self, path: &Path, tagged: &TaggedFile) -> Result<TagsWritten, WriteTagsError> {
        let _target = SafeTarget::check(path)?;
        check_unchanged(path, tagged.file.as_ref())?;
        let mut tags = AudioTags::read(path)?;
        let mut changes = BTreeMap::new();
        for (field, after) in self.rules.values(&tagged.report, &self.fields) {
            let before = tags.get(field);
            let stays = before == [after.as_str()] || (self.only_missing && !before.is_empty());
            if !stays {
                tags.set(field, &after);
                changes.insert(field, FieldChange { before, after });
            }
        }
        let is_written = !changes.is_empty() && self.journal.is_some();
        if let Some(journal) = self.journal.as_mut().filter(|_| !changes.is_empty()) {
            replace(path, tagged.file.as_ref(), &tags, &changes, journal)?;
        }
        Ok(TagsWritten { changes, is_written })
    }
}

fn replace(
    path: &Path,
    file: Option<&AnalyzedFile>,
    tags: &AudioTags,
    changes: &BTreeMap<TagField, FieldChange>,
    journal: &mut TagJournal,
) -> Result<(), WriteTagsError> {
    let before = fs::read(path)?;
    let md5_encoded = packet_digest(path)?;
    let others = AudioTags::read(path)?.others();
    let copy = Replacement::create(path, &before)?;
    tags.save(copy.part())?;

    let after = fs::read(copy.part())?;
    let written = AudioTags::read(copy.part())?;
    if packet_digest(copy.part())? != md5_encoded {
        return Err(WriteTagsError::Copy { what: "audio" });
    }
    if written.others() != others {
        return Err(WriteTagsError::Copy { what: "other tags" });
    }
    if changes.iter().any(|(field, change)| written.get(*field) != [change.after.as_str()]) {
        return Err(WriteTagsError::Copy { what: "values" });
    }
    let undo = ByteDifference::between(&before, &after);
    let hashes = [&before, &after].map(|bytes| earmark_models::sha256(bytes));
    let absolute = fs::canonicalize(path)?;
    let mut entry = JournalEntry::new(&absolute, hashes, md5_encoded, undo);
    for (field, change) in changes {
        entry.before.insert(*field, change.before.clone());
        entry.after.insert(*field, vec![change.after.clone()]);
    }
    check_unchanged(path, file)?;
    // Before the file is replaced: a run that is killed in between leaves an entry of a file that is as it was.
    journal.add(&entry)?;
    Ok(copy.finish()?)
}

/// Checks that a file has the size and the time that it had when it was analyzed.
fn check_unchanged(path: &Path, analyzed: Option<&AnalyzedFile>) -> Result<(), WriteTagsError> {
    let Some(analyzed) = analyzed else { return Err(WriteTagsError::Pipe) };
    let (size_bytes, modified_unix_s) = size_and_time(SizeAndTime::of(&fs::metadata(path)?));
    if (Some(size_bytes), modified_unix_s) == (analyzed.size_bytes, analyzed.modified_unix_s) {
        Ok(())
    } else {
        Err(WriteTagsError::Changed)
    }
}
