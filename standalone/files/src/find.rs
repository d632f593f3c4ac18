//! Folders to the audio files below them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::decode::ENDINGS;

/// Every file named, and for each folder the audio files below it, sorted by name. A folder without any stays itself.
pub(crate) fn audio_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        let below = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_map(Result::ok);
        files.extend(below.filter(|e| e.file_type().is_file()).map(|e| e.into_path()).filter(|p| is_audio(p)));
        if files.len() == before {
            files.push(path.clone());
        }
    }
    files
}

fn is_audio(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&&*ending))
}
