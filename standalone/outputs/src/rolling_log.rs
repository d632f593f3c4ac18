//! A log of everything that is heard, a JSON object a line, in two files that together never exceed a size.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The least size, in bytes: a few lines each.
pub(crate) const LEAST_BYTES: u64 = 16 * 1024;

/// A log file that rolls: when half of the size is full, it becomes `<name>.1` in place of the one before.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    bytes: u64,
    half: u64,
}

impl Log {
    /// Opens a log, going on where it ends, that takes so many bytes at most (at least [`LEAST_BYTES`]).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn open(path: &Path, most_bytes: u64) -> io::Result<Self> {
        let file = append(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, half: most_bytes.max(LEAST_BYTES) / 2 })
    }

    /// Adds a line, which is on its way to the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the next one is tried all the same.
    pub(crate) fn write(&mut self, line: &str) -> io::Result<()> {
        let length = line.len() as u64 + 1;
        if self.bytes > 0 && self.bytes + length > self.half {
            fs::rename(&self.path, before(&self.path))?;
            self.file = append(&self.path)?;
            self.bytes = 0;
        }
        // In one piece, so that a program that is killed leaves whole lines.
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.bytes += length;
        Ok(())
    }
}

/// Opens a file for whole lines to be added. Where whoever wrote it last was cut off in the middle of one, that is ended.
///
/// # Errors
/// When it cannot be read and written.
pub(crate) fn append(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    if file.metadata()?.len() > 0 {
        let (mut written, mut last) = (File::open(path)?, [0]);
        written.seek(SeekFrom::End(-1))?;
        written.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

fn before(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_newest_lines_within_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.jsonl");
        let mut log = Log::open(&path, 0).unwrap();
        let line = "x".repeat(99);
        for number in 0..1000 {
            log.write(&format!("{number:04}{line}")).unwrap();
            let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
            assert!(size(&path) + size(&before(&path)) <= LEAST_BYTES);
        }
        let all = fs::read_to_string(before(&path)).unwrap() + &fs::read_to_string(&path).unwrap();
        let numbers: Vec<usize> = all.lines().map(|line| line[..4].parse().unwrap()).collect();
        assert!(numbers.len() > 70 && numbers.windows(2).all(|two| two[1] == two[0] + 1), "{numbers:?}");
        assert_eq!(numbers.last(), Some(&999));
    }

    #[test]
    fn it_goes_on_behind_half_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard.jsonl");
        fs::write(&path, "whole\nhal").unwrap();
        Log::open(&path, 0).unwrap().write("next").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole\nhal\nnext\n");
        assert!(Log::open(&folder.path().join("none/heard.jsonl"), 0).is_err());
    }
}
