//! File that gets its name when it is complete.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// File that is written beside its destination as `NAME.part` and renamed when it is complete, so that an interruption
/// leaves neither an incomplete file nor a damaged previous one. The part is removed when this value is dropped.
#[derive(Debug)]
pub(crate) struct WholeFile {
    file: BufWriter<File>,
    paths: PartPaths,
}

/// Paths of the part and of the destination.
#[derive(Debug)]
struct PartPaths {
    part: PathBuf,
    path: PathBuf,
}

impl Drop for PartPaths {
    fn drop(&mut self) {
        // After `finish`, there is none.
        let _ = fs::remove_file(&self.part);
    }
}

impl WholeFile {
    /// Creates the part of `path`. Blocks.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let part = with_suffix(path, ".part");
        let file = BufWriter::new(File::create(&part)?);
        Ok(Self { file, paths: PartPaths { part, path: path.to_owned() } })
    }

    /// Returns a second writer of the part, for a library that takes ownership of its destination.
    ///
    /// # Errors
    /// If the system has no further file handle.
    #[cfg(feature = "parquet")]
    pub(crate) fn handle(&mut self) -> io::Result<BufWriter<File>> {
        self.file.flush()?;
        self.file.get_ref().try_clone().map(BufWriter::new)
    }

    /// Writes the rest and gives the file its name. Blocks.
    ///
    /// # Errors
    /// If the file cannot be written or renamed.
    pub(crate) fn finish(self) -> io::Result<()> {
        let Self { mut file, paths } = self;
        file.flush()?;
        // Windows renames closed files only.
        drop(file);
        fs::rename(&paths.part, &paths.path)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Returns the path with a suffix after its extension.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_appears_when_it_is_complete_and_a_dropped_one_leaves_the_previous() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for (text, is_finished) in [("first", true), ("second", false), ("third", true)] {
            let before = fs::read_to_string(&path).ok();
            let mut file = WholeFile::create(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.flush().unwrap();
            assert_eq!(fs::read_to_string(&path).ok(), before);
            if is_finished {
                file.finish().unwrap();
                assert_eq!(fs::read_to_string(&path).unwrap(), text);
            } else {
                drop(file);
                assert_eq!(fs::read_to_string(&path).ok(), before);
            }
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
