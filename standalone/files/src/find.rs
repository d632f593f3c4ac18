//! Search of folders for audio files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use earmark_capture::decode::AUDIO_EXTENSIONS;
use walkdir::WalkDir;

/// Extensions of files with descriptors.
#[cfg(feature = "descriptors")]
const DESCRIPTOR_EXTENSIONS: [&str; 4] = ["json", "sig", "yaml", "yml"];

/// Replaces each folder by the audio files in it and its subfolders, sorted by name. Files, and folders without audio
/// files, are returned unchanged.
#[must_use]
pub fn audio_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    files(paths, is_audio)
}

/// Replaces each folder by the audio files and files with descriptors in it and its subfolders, as [`audio_files`] does.
#[cfg(feature = "descriptors")]
#[must_use]
pub fn tracks(paths: &[PathBuf]) -> Vec<PathBuf> {
    files(paths, is_track)
}

/// Whether the extension of a path is that of an audio file or a file with descriptors.
#[cfg(feature = "descriptors")]
#[must_use]
pub fn is_track(path: &Path) -> bool {
    is_audio(path) || has_extension(path, &DESCRIPTOR_EXTENSIONS)
}

fn files(paths: &[PathBuf], is_wanted: fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        let below = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_map(Result::ok);
        files.extend(below.filter(|e| e.file_type().is_file()).map(|e| e.into_path()).filter(|p| is_wanted(p)));
        if files.len() == before {
            files.push(path.clone());
        }
    }
    files
}

fn is_audio(path: &Path) -> bool {
    has_extension(path, &AUDIO_EXTENSIONS)
}

/// Whether a path has one of these extensions, in any case.
fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    extension.is_some_and(|extension| extensions.contains(&&*extension))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn audio_files_searches_folders_and_keeps_files_and_empty_folders() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for below in ["album/b", "empty"] {
            fs::create_dir_all(path(below)).unwrap();
        }
        for name in ["album/b/2.MP3", "album/a.flac", "album/cover.jpg", "note.txt"] {
            fs::write(path(name), "").unwrap();
        }
        let found = audio_files(&[path("note.txt"), path("album"), path("empty"), "-".into()]);
        let expected = [path("note.txt"), path("album/a.flac"), path("album/b/2.MP3"), path("empty"), "-".into()];
        assert_eq!(found, expected);
    }
}
