//! Local folder as a store.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use gethostname::gethostname;

use crate::store::{ObjectStore, StoredObject};

/// Extension of temporary files, whose names are `.HOST.PROCESS.NUMBER.tmp`.
const TEMPORARY: &str = "tmp";
/// Age from which on a temporary file of another machine is removed.
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// Local or mounted folder. Objects are written beside their place, synchronized and renamed.
#[derive(Debug)]
pub struct LocalStore {
    folder: PathBuf,
}

impl LocalStore {
    /// Creates a store of the files below `folder`, which is created with the first object.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Writes a temporary file beside the place of an object, and returns both paths.
    fn write_temporary(&self, name: &str, bytes: &[u8]) -> io::Result<(PathBuf, PathBuf)> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent)?;
        let number = NUMBER.fetch_add(1, Relaxed);
        let temporary = parent.join(format!(".{}.{}.{number}.{TEMPORARY}", host(), process::id()));
        let write = || {
            let mut file = File::create(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        match write() {
            Ok(()) => Ok((temporary, path)),
            Err(error) => {
                let _ = fs::remove_file(&temporary);
                Err(error)
            }
        }
    }
}

impl ObjectStore for LocalStore {
    fn address(&self) -> String {
        self.folder.display().to_string()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(name))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.folder.join(name).try_exists()
    }

    fn list(&self, folder: &str) -> io::Result<Vec<StoredObject>> {
        let entries = match fs::read_dir(self.folder.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // The entry of a temporary file may be gone.
            if !name.starts_with('.')
                && let Ok(metadata) = entry.metadata()
                && metadata.is_file()
            {
                found.push(StoredObject { name, size_bytes: metadata.len() });
            }
        }
        Ok(found)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (temporary, path) = self.write_temporary(name, bytes)?;
        let renamed = fs::rename(&temporary, path);
        if renamed.is_err() {
            let _ = fs::remove_file(temporary);
        }
        renamed
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        let (temporary, path) = self.write_temporary(name, bytes)?;
        // A link, unlike a renamed file, replaces nothing.
        let linked = fs::hard_link(&temporary, &path);
        let _ = fs::remove_file(&temporary);
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(_) if path.exists() => Ok(false),
            // File systems without links.
            Err(_) => self.write(name, bytes).map(|()| true),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    fn sweep(&self, folder: &str) -> io::Result<usize> {
        let entries = match fs::read_dir(self.folder.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let left = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| is_left_behind(path));
        Ok(left.filter(|path| fs::remove_file(path).is_ok()).count())
    }
}

/// Returns the name of this machine without dots.
pub(crate) fn host() -> String {
    gethostname().to_string_lossy().replace(['.', '/'], "-")
}

/// Whether a file is a temporary one whose process has ended.
fn is_left_behind(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let parts: Vec<&str> = name.split('.').collect();
    let ["", owner, process, _, TEMPORARY] = parts[..] else { return false };
    // The processes of other machines, and of other systems than Linux, are not known.
    if cfg!(target_os = "linux") && owner == host() {
        return !Path::new("/proc").join(process).exists();
    }
    let modified = path.metadata().and_then(|metadata| metadata.modified());
    modified.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age > MAX_AGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_whole_and_created_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path().join("out"));
        assert_eq!(store.list("data").unwrap(), []);
        assert_eq!(store.read("plan.json").unwrap_err().kind(), ErrorKind::NotFound);
        assert!(store.create("plan.json", b"one").unwrap());
        assert!(!store.create("plan.json", b"two").unwrap());
        assert_eq!(store.read("plan.json").unwrap(), b"one");
        store.write("data/a", b"1").unwrap();
        store.write("data/a", b"22").unwrap();
        assert_eq!(store.list("data").unwrap(), [StoredObject { name: "a".into(), size_bytes: 2 }]);
        assert!(store.exists("data/a").unwrap() && !store.exists("data/b").unwrap());
        store.remove("data/a").unwrap();
        assert_eq!(fs::read_dir(folder.path().join("out/data")).unwrap().count(), 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn temporary_files_of_ended_processes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::new(folder.path());
        let (own, _) = store.write_temporary("data/a", b"1").unwrap();
        // No process has this number.
        let left = folder.path().join(format!("data/.{}.4999999.0.tmp", host()));
        let foreign = folder.path().join("data/.elsewhere.4999999.0.tmp");
        for path in [&left, &foreign] {
            fs::write(path, "").unwrap();
        }
        assert_eq!(store.sweep("data").unwrap(), 1);
        assert!(own.exists() && foreign.exists() && !left.exists());
        assert_eq!(store.list("data").unwrap(), []);
    }
}
