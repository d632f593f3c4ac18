//! Search of folders for audio files.

mod path_list;
mod unreadable_entry;

use std::path::{Path, PathBuf};

use earmark_capture::decode::{AUDIO_EXTENSIONS, has_extension};
use walkdir::WalkDir;

pub use self::path_list::{PathEnd, read_path_list};
pub use self::unreadable_entry::{UnreadableCause, UnreadableEntry};

/// Extensions of files with descriptors.
#[cfg(feature = "descriptors")]
const DESCRIPTOR_EXTENSIONS: [&str; 4] = ["json", "sig", "yaml", "yml"];
/// First characters of the name of an `AppleDouble` file: macOS writes one beside each file on a foreign file system, with
/// the same extension but without audio.
const APPLE_DOUBLE_PREFIX: &[u8] = b"._";

/// Result of a search of folders.
#[derive(Debug, Default)]
pub struct FileSearch {
    /// Files, sorted by name within each folder.
    pub files: Vec<PathBuf>,
    /// Folders that were searched.
    pub folders: Vec<PathBuf>,
    /// Entries that cannot be read, in the order of the search.
    pub unreadable: Vec<UnreadableEntry>,
}

/// Replaces each folder by the audio files in it and its subfolders, sorted by name. Files, and folders without audio
/// files, are returned unchanged. `AppleDouble` files (`._NAME`) in folders are left out, and so is a link to a folder that
/// contains the link. Blocks.
#[must_use]
pub fn audio_files(paths: &[PathBuf]) -> FileSearch {
    files(paths, is_audio)
}

/// Replaces each folder by the audio files and files with descriptors in it and its subfolders, as [`audio_files`] does.
#[cfg(feature = "descriptors")]
#[must_use]
pub fn tracks(paths: &[PathBuf]) -> FileSearch {
    files(paths, is_track)
}

/// Whether the extension of a path is that of an audio file or a file with descriptors.
#[cfg(feature = "descriptors")]
#[must_use]
pub fn is_track(path: &Path) -> bool {
    is_audio(path) || has_extension(path, &DESCRIPTOR_EXTENSIONS)
}

/// Whether a search finds a file of this path: its extension is that of an audio file, and it is no `AppleDouble` file.
#[must_use]
pub fn is_found(path: &Path) -> bool {
    is_audio(path) && !is_apple_double(path)
}

/// Whether a path can be read only once, in order: `-` (standard input), a pipe or a device.
#[must_use]
pub fn is_pipe(path: &Path) -> bool {
    path == Path::new("-") || path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Returns the path of a found file below the one of `folders` in which it was found; the file name for a named file.
#[must_use]
pub fn path_below(folders: &[PathBuf], file: &Path) -> PathBuf {
    let below = folders.iter().find_map(|folder| file.strip_prefix(folder).ok());
    below.or_else(|| file.file_name().map(Path::new)).unwrap_or(file).to_owned()
}

fn files(paths: &[PathBuf], is_wanted: fn(&Path) -> bool) -> FileSearch {
    let mut found = FileSearch::default();
    for path in paths {
        if path.is_dir() {
            search(path, is_wanted, &mut found);
            found.folders.push(path.clone());
        } else {
            found.files.push(path.clone());
        }
    }
    found
}

fn search(folder: &Path, is_wanted: fn(&Path) -> bool, found: &mut FileSearch) {
    let before = (found.files.len(), found.unreadable.len());
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) if is_apple_double(entry.path()) || !is_wanted(entry.path()) => {}
            Ok(entry) if entry.file_type().is_file() => found.files.push(entry.into_path()),
            Ok(entry) => found.unreadable.push(UnreadableEntry::special_file(entry.into_path())),
            // The files of a folder that contains the link to itself are found without the link.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) => {
                let entry = UnreadableEntry::of(error, folder);
                if !is_apple_double(&entry.path) && entry.may_be_wanted(is_wanted) {
                    found.unreadable.push(entry);
                }
            }
        }
    }
    if (found.files.len(), found.unreadable.len()) == before {
        found.files.push(folder.to_owned());
    }
}

fn is_audio(path: &Path) -> bool {
    has_extension(path, &AUDIO_EXTENSIONS)
}

fn is_apple_double(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(APPLE_DOUBLE_PREFIX))
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
        for name in ["album/b/2.MP3", "album/a.flac", "album/cover.jpg", "note.txt", "album/b/._2.MP3", "._named.mp3"] {
            fs::write(path(name), "").unwrap();
        }
        let paths = [path("note.txt"), path("album"), path("empty"), path("._named.mp3"), "-".into()];
        let found = audio_files(&paths);
        let expected = [path("note.txt"), path("album/a.flac"), path("album/b/2.MP3"), path("empty"), paths[3].clone()];
        assert_eq!(found.files[..5], expected);
        assert_eq!((&found.files[5..], found.unreadable.len()), (&["-".into()][..], 0));
        let below: Vec<PathBuf> = found.files.iter().map(|file| path_below(&found.folders, file)).collect();
        assert_eq!(below, ["note.txt", "a.flac", "b/2.MP3", "", "._named.mp3", "-"].map(PathBuf::from));
    }

    #[test]
    fn every_extension_that_is_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        for extension in AUDIO_EXTENSIONS {
            fs::write(folder.path().join(format!("song.{extension}")), "").unwrap();
        }
        assert_eq!(audio_files(&[folder.path().to_owned()]).files.len(), AUDIO_EXTENSIONS.len());
    }

    #[test]
    #[cfg(unix)]
    fn entries_that_cannot_be_read_are_returned_with_their_cause() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.wav"), "").unwrap();
        symlink("/nowhere/b.wav", at("b.wav")).unwrap();
        symlink("/nowhere/Volume 2", at("c")).unwrap();
        symlink("/nowhere/cover.jpg", at("cover.jpg")).unwrap();
        symlink("d.wav", at("d.wav")).unwrap();
        symlink(".", at("itself")).unwrap();
        let found = audio_files(&[folder.path().to_owned()]);
        assert_eq!(found.files, [at("a.wav")]);
        let names: Vec<_> = found.unreadable.iter().map(|entry| entry.path.clone()).collect();
        assert_eq!(names, [at("b.wav"), at("c"), at("d.wav")]);
        let text = found.unreadable[0].to_string();
        assert!(
            text.ends_with("b.wav: cannot follow the link (expected a file or a folder, got none at /nowhere/b.wav)")
        );
        assert!(matches!(found.unreadable[2].cause, UnreadableCause::Io(_)), "{:?}", found.unreadable[2]);
    }
}
