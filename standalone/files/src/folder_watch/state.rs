//! Memory of a watcher: the files whose results were written, in a file that survives a restart.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::{File, Metadata, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state_error::WatchStateError;
use crate::path_text::PathText;

/// Schema of the first line of a state file.
const SCHEMA: &str = "earmark-watch/1";
/// Maximum length of a line in bytes: one path.
const MAX_LINE: u64 = 64 << 10;

/// Size of a file in bytes, and its modification time in nanoseconds since 1970; none on systems without such times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileStamp {
    len: u64,
    modified_ns: Option<i64>,
}

impl FileStamp {
    pub(super) fn new(file: &Metadata) -> Self {
        let nanoseconds = |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        let modified = file.modified().ok();
        let modified_ns = modified.map(|time| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => nanoseconds(after),
            Err(before) => -nanoseconds(before.duration()),
        });
        Self { len: file.len(), modified_ns }
    }

    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// First line of a state file.
#[derive(Debug, Serialize, Deserialize)]
struct HeaderLine {
    schema: String,
    options: Value,
}

/// Line of a file whose result was written.
#[derive(Debug, Serialize, Deserialize)]
struct FileLine {
    #[serde(flatten)]
    path: PathText,
    #[serde(flatten)]
    stamp: FileStamp,
}

/// Files whose results were written, with their sizes and times.
#[derive(Debug, Default)]
pub struct WatchState {
    /// State file with its path, locked while this value exists; none in memory.
    file: Option<(File, PathBuf)>,
    /// Stamps by absolute path.
    written: HashMap<PathBuf, FileStamp>,
}

impl WatchState {
    /// Creates a state that is lost at the end.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Opens the state file of a watch with these options, or creates it. Blocks.
    ///
    /// # Errors
    /// If the file cannot be read or written, is no state file or that of other options, or is used by another program.
    pub fn open(path: &Path, options: &Value) -> Result<Self, WatchStateError> {
        let failed = |error| WatchStateError::Io { path: path.to_owned(), error };
        // Not truncated: the lines are read first.
        let opened = File::options().create(true).read(true).append(true).open(path);
        let file = opened.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WatchStateError::InUse { path: path.to_owned() }),
            // Some network file systems have no locks.
            Err(TryLockError::Error(_)) => {}
        }
        let mut state = Self { file: Some((file, path.to_owned())), written: HashMap::new() };
        let is_whole = state.read(options)?;
        if let Some((file, _)) = &mut state.file {
            let header = HeaderLine { schema: SCHEMA.to_owned(), options: options.clone() };
            let end = match is_whole {
                None => serde_json::to_string(&header).map_err(io::Error::from).map_err(failed)? + "\n",
                Some(true) => String::new(),
                // The last line of a killed run is ignored.
                Some(false) => "\n".to_owned(),
            };
            file.write_all(end.as_bytes()).map_err(failed)?;
        }
        Ok(state)
    }

    /// Number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Whether the result of a file with this stamp was written.
    pub(super) fn contains(&self, path: &Path, stamp: FileStamp) -> bool {
        self.written.get(&absolute(path)) == Some(&stamp)
    }

    /// Adds a file. Blocks.
    pub(super) fn insert(&mut self, path: &Path, stamp: FileStamp) -> Result<(), WatchStateError> {
        let path = absolute(path);
        if let Some((file, state)) = &mut self.file {
            let line = serde_json::to_string(&FileLine { path: PathText::new(&path), stamp }).map_err(io::Error::from);
            let written = line.and_then(|line| file.write_all((line + "\n").as_bytes()));
            written.map_err(|error| WatchStateError::Io { path: state.clone(), error })?;
        }
        self.written.insert(path, stamp);
        Ok(())
    }

    /// Reads the lines. Returns whether the last line is complete; `None` for an empty file.
    fn read(&mut self, options: &Value) -> Result<Option<bool>, WatchStateError> {
        let Some((file, path)) = &self.file else { return Ok(None) };
        let mut text = BufReader::new(file);
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let read = text.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes);
            read.map_err(|error| WatchStateError::Io { path: path.clone(), error })?;
            if bytes.is_empty() {
                return Ok((line > 1).then_some(true));
            }
            if line == 1 {
                let header: Option<HeaderLine> = serde_json::from_slice(&bytes).ok();
                let header = header.filter(|header| header.schema == SCHEMA);
                let got = header.ok_or_else(|| WatchStateError::NoState { path: path.clone() })?.options;
                if got != *options {
                    let (expected, got) = (options.to_string(), got.to_string());
                    return Err(WatchStateError::OtherOptions { path: path.clone(), expected, got });
                }
            } else if let Ok(line) = serde_json::from_slice::<FileLine>(&bytes) {
                self.written.insert(line.path.to_path(), line.stamp);
            }
            if bytes.last() != Some(&b'\n') {
                return Ok(Some(false));
            }
        }
        Ok(None)
    }
}

/// Returns the absolute path. Links are kept: the target of a link can change.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
