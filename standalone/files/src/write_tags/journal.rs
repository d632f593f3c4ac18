//! Journal of the files whose tags were written: what was there before.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::byte_difference::ByteDifference;
use super::error::WriteTagsError;
use super::tag_field::TagField;
use crate::path_text::PathText;

/// Schema of a line.
const SCHEMA: &str = "earmark-tags/1";

/// Line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JournalEntry {
    schema: String,
    /// Absolute path of the file.
    #[serde(flatten)]
    pub(super) path: PathText,
    /// Values before and afterwards.
    pub(super) before: BTreeMap<TagField, Vec<String>>,
    pub(super) after: BTreeMap<TagField, Vec<String>>,
    /// Hashes of the whole file before and afterwards.
    pub(super) sha256_before: String,
    pub(super) sha256_after: String,
    /// Digest of the encoded audio, which is the same before and afterwards.
    pub(super) md5_encoded: String,
    pub(super) undo: ByteDifference,
}

impl JournalEntry {
    /// Creates the entry of a file that is about to be replaced.
    pub(super) fn new(path: &Path, hashes: [String; 2], md5_encoded: String, undo: ByteDifference) -> Self {
        let [sha256_before, sha256_after] = hashes;
        Self {
            schema: SCHEMA.to_owned(),
            path: PathText::new(path),
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            sha256_before,
            sha256_after,
            md5_encoded,
            undo,
        }
    }
}

/// Journal of the files whose tags were written, as JSON lines.
#[derive(Debug)]
pub struct TagJournal {
    path: PathBuf,
    file: File,
}

impl TagJournal {
    /// Opens a journal, after whose entries new ones follow. Blocks.
    ///
    /// # Errors
    /// If the file cannot be opened, or has something else.
    pub fn open(path: &Path) -> Result<Self, WriteTagsError> {
        if path.exists() {
            read(path)?;
        }
        let file = File::options().create(true).append(true).open(path);
        let file = file.map_err(|error| WriteTagsError::Journal { path: path.to_owned(), why: error.to_string() })?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Adds an entry. Blocks until it is on the disk.
    pub(super) fn add(&mut self, entry: &JournalEntry) -> Result<(), WriteTagsError> {
        let line = serde_json::to_string(entry).map_err(std::io::Error::from);
        let written = line.and_then(|line| self.file.write_all((line + "\n").as_bytes()));
        let written = written.and_then(|()| self.file.sync_data());
        written.map_err(|error| WriteTagsError::Journal { path: self.path.clone(), why: error.to_string() })
    }
}

/// Reads the entries of a journal. A last line that was cut by a kill is left out: its file was not replaced. Blocks.
pub(super) fn read(path: &Path) -> Result<Vec<JournalEntry>, WriteTagsError> {
    let failed = |why: String| WriteTagsError::Journal { path: path.to_owned(), why };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut lines = BufReader::new(file);
    let mut entries = Vec::new();
    for number in 1.. {
        let mut line = String::new();
        let read = lines.read_line(&mut line).map_err(|error| failed(error.to_string()))?;
        if read == 0 || !line.ends_with('\n') {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let entry: JournalEntry = serde_json::from_str(&line).map_err(|error| {
            failed(format!("line {number} is no entry (expected the schema {SCHEMA}, got {error})"))
        })?;
        if entry.schema != SCHEMA {
            let got = entry.schema;
            return Err(failed(format!("line {number} is no entry (expected the schema {SCHEMA}, got {got})")));
        }
        entries.push(entry);
    }
    Ok(entries)
}
