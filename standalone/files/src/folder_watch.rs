//! Files that arrive in folders: each is given once it is whole, and again when it has changed.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::find;

/// Time between two looks. A file that is the same in two of them is whole: whoever writes it has paused for so long.
pub(super) const LOOK: Duration = Duration::from_millis(700);

/// What is known of a file: its size and when it was written.
type Form = (u64, Option<SystemTime>);

/// Watches folders.
pub(super) struct Arrivals {
    folders: Vec<PathBuf>,
    /// Every file as it was at the last look, and whether it was given like that.
    known: HashMap<PathBuf, (Form, bool)>,
}

impl Arrivals {
    /// Watches these; what is in them already arrives, too.
    pub(super) fn new(folders: &[PathBuf]) -> Self {
        Self { folders: folders.to_vec(), known: HashMap::new() }
    }

    /// The files that have become whole since the last look, sorted by name within each folder.
    pub(super) fn look(&mut self) -> Vec<PathBuf> {
        let mut now = HashMap::new();
        let mut whole = Vec::new();
        // A folder without files is given back itself; so is one that is away for the moment.
        for path in find::audio_files(&self.folders).into_iter().filter(|path| !self.folders.contains(path)) {
            let Ok(file) = fs::metadata(&path) else { continue };
            let form = (file.len(), file.modified().ok());
            let (same, given) = match self.known.get(&path) {
                Some(&(before, given)) if before == form => (true, given),
                _ => (false, false),
            };
            let arrives = same && !given && file.len() > 0;
            if arrives {
                whole.push(path.clone());
            }
            now.insert(path, (form, given || arrives));
        }
        // What has gone may come again.
        self.known = now;
        whole
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_arrives_once_it_is_whole_and_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut arrivals = Arrivals::new(&[folder.path().to_owned()]);
        assert!(arrivals.look().is_empty());
        let mut file = fs::File::create(&path).unwrap();
        for _ in 0..3 {
            file.write_all(b"more").unwrap();
            assert!(arrivals.look().is_empty(), "it still grows");
        }
        fs::write(folder.path().join("b.txt"), "not audio").unwrap();
        assert_eq!(arrivals.look(), std::slice::from_ref(&path));
        assert!(arrivals.look().is_empty(), "it is given once");
        file.write_all(b"another take").unwrap();
        assert!(arrivals.look().is_empty());
        assert_eq!(arrivals.look(), std::slice::from_ref(&path));
        fs::remove_file(&path).unwrap();
        assert!(arrivals.look().is_empty());
        fs::write(&path, "morm").unwrap();
        arrivals.look();
        assert_eq!(arrivals.look(), [path], "it has come again");
    }
}
