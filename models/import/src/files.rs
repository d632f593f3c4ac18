//! Files in the folder of a model file that contain its weights.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// Maximum number of bytes that are read from all files of a folder.
const MAX_BYTES: usize = 512 << 20;

/// The folder of a model file, from which files with weights are read. Without a folder every read fails.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    path: Option<PathBuf>,
    read: usize,
}

impl Folder {
    /// Returns the folder with this path.
    pub(crate) fn new(path: &Path) -> Self {
        // The folder of a file without a folder in its path is the working directory.
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Self { path: Some(path.to_owned()), read: 0 }
    }

    /// Whether files can be read.
    pub(crate) fn exists(&self) -> bool {
        self.path.is_some()
    }

    /// Returns the folder of this name in the folder; a folder without files if there is none, or it is a link.
    pub(crate) fn subfolder(&self, name: &str) -> Self {
        let path = self.path.as_ref().map(|path| path.join(name));
        let is_folder = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|info| info.is_dir());
        Self { path: path.filter(is_folder), read: self.read }
    }

    /// Returns the number of bytes that were read.
    pub(crate) fn bytes_read(&self) -> usize {
        self.read
    }

    /// Returns the path of a file of the folder and its length. A name with a folder and a link to another folder are
    /// errors, because a model file must not choose what else is read.
    fn file(&self, name: &str) -> Result<(PathBuf, u64), String> {
        let mut parts = Path::new(name).components().filter(|part| *part != Component::CurDir);
        let is_plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        if !is_plain || name.contains(['\\', ':', '\0']) {
            return Err("expected the name of a file in the folder of the model, got another path".into());
        }
        let folder = self.path.as_ref().ok_or("expected a file in the folder of the model, got no folder")?;
        let unreadable = |error: std::io::Error| error.to_string();
        let folder = fs::canonicalize(folder).map_err(unreadable)?;
        let path = fs::canonicalize(folder.join(name)).map_err(unreadable)?;
        if path.parent() != Some(&folder) {
            return Err("expected a file in the folder of the model, got a link to another folder".into());
        }
        // Reading a pipe or a device may never end.
        let info = fs::metadata(&path).map_err(unreadable)?;
        if info.is_file() { Ok((path, info.len())) } else { Err("expected a regular file".into()) }
    }

    /// Reads `count` bytes of a file, from `offset` on. Nothing is allocated before the sizes are checked.
    pub(crate) fn read(&mut self, name: &str, offset: u64, count: usize) -> Result<Vec<u8>, String> {
        let (path, length) = self.file(name)?;
        if offset.checked_add(count as u64).is_none_or(|end| end > length) {
            return Err(format!("expected at least {count} bytes from byte {offset} on, got a file of {length} bytes"));
        }
        self.read = self.read.saturating_add(count);
        if self.read > MAX_BYTES {
            return Err(format!("expected at most {MAX_BYTES} bytes of weights, got {}", self.read));
        }
        let mut bytes = vec![0; count];
        let filled = File::open(path).and_then(|mut file| {
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut bytes)
        });
        filled.map(|()| bytes).map_err(|error| error.to_string())
    }

    /// Reads a whole file of at most `limit` bytes.
    pub(crate) fn read_all(&mut self, name: &str, limit: usize) -> Result<Vec<u8>, String> {
        let (_, length) = self.file(name)?;
        match usize::try_from(length).ok().filter(|&length| length <= limit) {
            Some(length) => self.read(name, 0, length),
            None => Err(format!("expected at most {limit} bytes, got {length}")),
        }
    }
}
