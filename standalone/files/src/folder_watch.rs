//! Watcher of folders: returns each new file once it is whole, and again after it has changed.

mod state;
mod state_error;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::state::FileStamp;
use crate::find::{self, UnreadableEntry};

pub use self::state::WatchState;
pub use self::state_error::WatchStateError;

/// Interval between two polls.
pub const POLL_INTERVAL: Duration = Duration::from_millis(700);

/// Factor of the settling time after which a file that looks incomplete is reported as it is.
const PATIENCE_FACTOR: u32 = 10;

/// Result of a poll.
#[derive(Debug, Default)]
pub struct WatchPoll {
    /// Files that have become whole, sorted by name within each folder.
    pub files: Vec<PathBuf>,
    /// Entries that cannot be read and were not returned before.
    pub unreadable: Vec<UnreadableEntry>,
}

/// Watcher of folders for new audio files.
///
/// A file is considered whole when neither its size nor its modification time has changed for the settling time. A file that
/// then turns out to be incomplete can be postponed: its writer may have paused.
#[derive(Debug)]
pub struct FolderWatcher {
    folders: Vec<PathBuf>,
    settling_time: Duration,
    state: WatchState,
    seen: HashMap<PathBuf, SeenFile>,
    /// Entries that cannot be read, as of the last poll.
    unreadable: HashSet<PathBuf>,
}

/// File at the last poll.
#[derive(Debug, Clone, Copy)]
struct SeenFile {
    stamp: FileStamp,
    /// Time since which the file has this stamp.
    since: Instant,
    /// Time without a change after which the file is returned; `None` after that.
    due: Option<Duration>,
}

impl FolderWatcher {
    /// Creates a watcher of `folders`. Existing files are returned as well, except those that `state` has. Files are whole
    /// after `settling_time` without a change.
    #[must_use]
    pub fn new(folders: &[PathBuf], settling_time: Duration, state: WatchState) -> Self {
        let (seen, unreadable) = (HashMap::new(), HashSet::new());
        Self { folders: folders.to_vec(), settling_time, state, seen, unreadable }
    }

    /// Returns the files that have become whole since the last poll. Blocks.
    pub fn poll(&mut self) -> WatchPoll {
        let found = find::audio_files(&self.folders);
        let mut now = HashMap::new();
        let mut files = Vec::new();
        // The search also returns folders without files, and folders that do not exist.
        for path in found.files.into_iter().filter(|path| !self.folders.contains(path)) {
            // A file that was deleted since, or an empty one: its writer has not begun.
            let Some(stamp) = fs::metadata(&path).ok().map(|file| FileStamp::new(&file)).filter(|s| !s.is_empty())
            else {
                continue;
            };
            if self.state.contains(&path, stamp) {
                continue;
            }
            let seen = self.seen.get(&path).filter(|seen| seen.stamp == stamp).copied();
            let new = SeenFile { stamp, since: Instant::now(), due: Some(self.settling_time) };
            let mut file = seen.unwrap_or(new);
            if seen.is_some() && file.due.is_some_and(|due| file.since.elapsed() >= due) {
                file.due = None;
                files.push(path.clone());
            }
            now.insert(path, file);
        }
        self.seen = now;
        let is_new = |entry: &UnreadableEntry| !self.unreadable.contains(&entry.path);
        let unreadable: HashSet<_> = found.unreadable.iter().map(|entry| entry.path.clone()).collect();
        let new = found.unreadable.into_iter().filter(is_new).collect();
        self.unreadable = unreadable;
        WatchPoll { files, unreadable: new }
    }

    /// Postpones a file that looks incomplete: it is returned again after ten times the settling time without a change. Returns
    /// false if that time has passed: the file is then final.
    pub fn postpone(&mut self, path: &Path) -> bool {
        let patience = self.settling_time * PATIENCE_FACTOR;
        match self.seen.get_mut(path) {
            Some(file) if file.since.elapsed() < patience => {
                file.due = Some(patience);
                true
            }
            _ => false,
        }
    }

    /// Remembers that the result of a file was written. Blocks.
    ///
    /// # Errors
    /// If the state cannot be written.
    pub fn remember(&mut self, path: &Path) -> Result<(), WatchStateError> {
        match self.seen.get(path) {
            Some(file) => self.state.insert(path, file.stamp),
            None => Ok(()),
        }
    }
}
