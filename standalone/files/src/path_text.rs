//! Paths in JSON, CSV and tables.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde::{Deserialize, Serialize};

/// Bytes that are percent-encoded: all but those that an URL may contain as they are, and `/`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Path as outputs contain it: a text, and the exact bytes if the path is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathText {
    /// Path; bytes that are not UTF-8 are replaced by U+FFFD.
    pub path: String,
    /// Bytes of a path that is not UTF-8, percent-encoded as in a URL; `None` if the text is exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<String>,
}

impl PathText {
    /// Returns the texts of a path.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let bytes = path.as_os_str().as_encoded_bytes();
        let path_bytes = path.to_str().is_none().then(|| percent_encode(bytes, ENCODED).to_string());
        Self { path: path.to_string_lossy().into_owned(), path_bytes }
    }

    /// Returns the path. On systems other than Unix, a path that is not UTF-8 is not exact.
    #[must_use]
    pub fn to_path(&self) -> PathBuf {
        #[cfg(unix)]
        if let Some(encoded) = &self.path_bytes {
            use std::os::unix::ffi::OsStringExt;
            let bytes = percent_decode_str(encoded).collect();
            return std::ffi::OsString::from_vec(bytes).into();
        }
        #[cfg(not(unix))]
        if let Some(encoded) = &self.path_bytes {
            return percent_decode_str(encoded).decode_utf8_lossy().into_owned().into();
        }
        PathBuf::from(&self.path)
    }
}

impl From<&Path> for PathText {
    fn from(path: &Path) -> Self {
        Self::new(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_path_is_a_text_alone() {
        let text = PathText::new(Path::new("Bj\u{f6}rk/100 %.mp3"));
        assert_eq!(serde_json::to_string(&text).unwrap(), "{\"path\":\"Bj\u{f6}rk/100 %.mp3\"}");
        assert_eq!(text.to_path(), Path::new("Bj\u{f6}rk/100 %.mp3"));
    }

    #[test]
    #[cfg(unix)]
    fn other_path_survives_as_percent_encoded_bytes() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let path = Path::new(OsStr::from_bytes(b"a b/caf\xe9%.wav"));
        let text = PathText::new(path);
        assert_eq!(text.path, "a b/caf\u{fffd}%.wav");
        assert_eq!(text.path_bytes.as_deref(), Some("a%20b/caf%E9%25.wav"));
        let read: PathText = serde_json::from_str(&serde_json::to_string(&text).unwrap()).unwrap();
        assert_eq!(read.to_path(), path);
    }
}
