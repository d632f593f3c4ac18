//! Lists of paths in a file or a pipe.

use std::io::{self, Read};
use std::path::PathBuf;

/// UTF-8 byte order mark, which editors on Windows write.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// End of a path in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathEnd {
    /// End of the line.
    Line,
    /// NUL byte, which no path contains: `find -print0`.
    Nul,
}

/// Reads a list of paths. Empty ones are left out. Blocks.
///
/// # Errors
/// If the list cannot be read, or on systems other than Unix, a path is not UTF-8.
pub fn read_path_list(mut list: impl Read, end: PathEnd) -> io::Result<Vec<PathBuf>> {
    let mut bytes = Vec::new();
    list.read_to_end(&mut bytes)?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let paths = bytes.split(|&byte| byte == if end == PathEnd::Line { b'\n' } else { 0 });
    let paths = paths.map(|path| match end {
        PathEnd::Line => path.strip_suffix(b"\r").unwrap_or(path),
        PathEnd::Nul => path,
    });
    paths.filter(|path| !path.is_empty()).map(path).collect()
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have paths that bytes cannot be")]
fn path(bytes: &[u8]) -> io::Result<PathBuf> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    Ok(OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> io::Result<PathBuf> {
    std::str::from_utf8(bytes).map(PathBuf::from).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_at_lines_or_nul_bytes() {
        let read = |text: &[u8], end| read_path_list(text, end).unwrap();
        let paths = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(PathBuf::from).collect() };
        assert_eq!(read(b"\xef\xbb\xbfa b.wav\r\n\nc.wav\n", PathEnd::Line), paths(&["a b.wav", "c.wav"]));
        assert_eq!(read(b"a\nb.wav\0c.wav", PathEnd::Nul), paths(&["a\nb.wav", "c.wav"]));
        assert_eq!(read(b"", PathEnd::Line), paths(&[]));
    }
}
