//! Watch of folders for files that arrive: each is returned once it is complete, and again when it has changed.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::find;

/// Time between two polls. A file that is the same in two of them is complete: its writer has paused for so long.
pub const POLL_INTERVAL: Duration = Duration::from_millis(700);

/// Size of a file, and the time at which it was written.
type FileStamp = (u64, Option<SystemTime>);

/// Watcher of folders.
#[derive(Debug)]
pub struct FolderWatcher {
    folders: Vec<PathBuf>,
    /// Every file as it was at the last poll, and whether it was returned in that form.
    known: HashMap<PathBuf, (FileStamp, bool)>,
}

impl FolderWatcher {
    /// Creates a watcher of these folders; the files that are in them already arrive, too.
    #[must_use]
    pub fn new(folders: &[PathBuf]) -> Self {
        Self { folders: folders.to_vec(), known: HashMap::new() }
    }

    /// Returns the files that have become complete since the last poll, sorted by name within each folder.
    pub fn poll(&mut self) -> Vec<PathBuf> {
        let mut now = HashMap::new();
        let mut whole = Vec::new();
        // A folder without files stays in the list itself; so does one that is missing for the moment.
        for path in find::audio_files(&self.folders).into_iter().filter(|path| !self.folders.contains(path)) {
            let Ok(file) = fs::metadata(&path) else { continue };
            let stamp = (file.len(), file.modified().ok());
            let (same, given) = match self.known.get(&path) {
                Some(&(before, given)) if before == stamp => (true, given),
                _ => (false, false),
            };
            let arrives = same && !given && file.len() > 0;
            if arrives {
                whole.push(path.clone());
            }
            now.insert(path, (stamp, given || arrives));
        }
        // A file that is gone is forgotten, so that it can arrive again.
        self.known = now;
        whole
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn file_arrives_once_it_is_complete_and_again_when_it_changes() {
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
        assert_eq!(watcher.poll(), [path], "it has come again");
    }
}
