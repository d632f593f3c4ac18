//! Rolling log of lines in two files of limited total size.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Minimum of the maximum total size of both files, in bytes.
pub const MIN_BYTES: u64 = 16 * 1024;

/// Log file that rolls: at half of the maximum size the file is renamed to `<name>.1`, replacing the previous one.
pub struct RollingLog {
    path: PathBuf,
    file: File,
    bytes: u64,
    half: u64,
}

impl RollingLog {
    /// Opens a log for appending. `max_bytes` is the maximum total size of both files, at least [`MIN_BYTES`].
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn open(path: &Path, max_bytes: u64) -> io::Result<Self> {
        let file = append_lines(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, half: max_bytes.max(MIN_BYTES) / 2 })
    }

    /// Appends a line and passes it to the operating system. Blocks.
    ///
    /// # Errors
    /// If the line cannot be written; later calls may succeed.
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        let length = line.len() as u64 + 1;
        if self.bytes > 0 && self.bytes + length > self.half {
            fs::rename(&self.path, previous(&self.path))?;
            self.file = append_lines(&self.path)?;
            self.bytes = 0;
        }
        // A single write, so that a killed program leaves no partial line.
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.bytes += length;
        Ok(())
    }
}

/// Opens a file for appending lines. Terminates a partial last line, which a killed program may have left.
///
/// # Errors
/// If the file cannot be read or written.
pub(crate) fn append_lines(path: &Path) -> io::Result<File> {
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

fn previous(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolling_log_keeps_the_newest_lines_within_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        let mut log = RollingLog::open(&path, 0).unwrap();
        let line = "x".repeat(99);
        for number in 0..1000 {
            log.write(&format!("{number:04}{line}")).unwrap();
            let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
            assert!(size(&path) + size(&previous(&path)) <= MIN_BYTES);
        }
        let all = fs::read_to_string(previous(&path)).unwrap() + &fs::read_to_string(&path).unwrap();
        let numbers: Vec<usize> = all.lines().map(|line| line[..4].parse().unwrap()).collect();
        assert!(numbers.len() > 70 && numbers.windows(2).all(|two| two[1] == two[0] + 1), "{numbers:?}");
        assert_eq!(numbers.last(), Some(&999));
    }

    #[test]
    fn rolling_log_continues_after_a_partial_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        fs::write(&path, "whole\nhal").unwrap();
        RollingLog::open(&path, 0).unwrap().write("next").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole\nhal\nnext\n");
        assert!(RollingLog::open(&folder.path().join("none/lines.jsonl"), 0).is_err());
    }
}
