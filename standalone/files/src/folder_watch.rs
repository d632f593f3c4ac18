//! Watcher of folders: returns each new file once it is complete, and again after it has changed.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::find;

/// Interval between two polls. A file with the same size and time in two polls is considered complete.
pub const POLL_INTERVAL: Duration = Duration::from_millis(700);

/// Size of a file in bytes, and its modification time.
type FileStamp = (u64, Option<SystemTime>);

/// Watcher of folders for new audio files.
#[derive(Debug)]
pub struct FolderWatcher {
    folders: Vec<PathBuf>,
    /// Stamp of every file at the last poll, and whether the file was returned with that stamp.
    known: HashMap<PathBuf, (FileStamp, bool)>,
}

impl FolderWatcher {
    /// Creates a watcher of `folders`. Existing files are returned as well.
    #[must_use]
    pub fn new(folders: &[PathBuf]) -> Self {
        Self { folders: folders.to_vec(), known: HashMap::new() }
    }

    /// Returns the files that have become complete since the last poll, sorted by name within each folder.
    pub fn poll(&mut self) -> Vec<PathBuf> {
        let mut now = HashMap::new();
        let mut complete = Vec::new();
        // The search also returns folders without files, and folders that do not exist.
        for path in find::audio_files(&self.folders).into_iter().filter(|path| !self.folders.contains(path)) {
            let Ok(file) = fs::metadata(&path) else { continue };
            let stamp = (file.len(), file.modified().ok());
            let (same, returned) = match self.known.get(&path) {
                Some(&(before, returned)) if before == stamp => (true, returned),
                _ => (false, false),
            };
            let is_new = same && !returned && file.len() > 0;
            if is_new {
                complete.push(path.clone());
            }
            now.insert(path, (stamp, returned || is_new));
        }
        // Deleted files are dropped from the map, so that they are returned when they reappear.
        self.known = now;
        complete
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn file_is_returned_when_complete_and_again_after_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut watcher = FolderWatcher::new(&[folder.path().to_owned()]);
        assert!(watcher.poll().is_empty());
        let mut file = fs::File::create(&path).unwrap();
        for _ in 0..3 {
            file.write_all(b"more").unwrap();
            assert!(watcher.poll().is_empty(), "it still grows");
        }
        fs::write(folder.path().join("b.txt"), "not audio").unwrap();
        assert_eq!(watcher.poll(), std::slice::from_ref(&path));
        assert!(watcher.poll().is_empty(), "it is returned once");
        file.write_all(b"another take").unwrap();
        assert!(watcher.poll().is_empty());
        assert_eq!(watcher.poll(), std::slice::from_ref(&path));
        fs::remove_file(&path).unwrap();
        assert!(watcher.poll().is_empty());
        fs::write(&path, "morm").unwrap();
        watcher.poll();
        assert_eq!(watcher.poll(), [path], "a recreated file is returned again");
    }
}
