//! Data sets from folders: one folder per class.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::TrainError;
use crate::file_list::FileList;
use crate::ground_truth::GroundTruth;

/// Returns the ground truth and the file list of a folder with one folder of tracks per class. Blocks.
///
/// Paths are absolute. `is_track` selects the files of a class folder by their paths; others are left out. The id of an item is the name of its
/// file without extension; folders inside a class are not entered. A `.sig` file beside a file with another extension and
/// the same name is the converted form of the same item, and is left out.
///
/// # Errors
/// [`TrainError::ClassFolders`] if there are fewer than two folders, [`TrainError::EmptyClassFolder`] if a folder has no
/// track, [`TrainError::EqualNames`] if two files have the same id, and [`TrainError::Read`] if a folder, a class or a track
/// cannot be read, such as a dangling link.
pub fn from_folders(
    class_name: &str,
    folder: &Path,
    is_track: &dyn Fn(&Path) -> bool,
) -> Result<(GroundTruth, FileList), TrainError> {
    // The file list is valid in every folder.
    let folder = &std::path::absolute(folder).map_err(TrainError::read(folder))?;
    let mut classes = Vec::new();
    for path in entries(folder)? {
        if metadata(&path)?.is_dir() {
            classes.push(path);
        }
    }
    if classes.len() < 2 {
        return Err(TrainError::ClassFolders { path: folder.to_owned(), got: classes.len() });
    }
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    let (mut labels, mut files) = (Vec::new(), Vec::new());
    for class in classes {
        let label = name(&class);
        let items = tracks(&class, is_track)?;
        if items.is_empty() {
            return Err(TrainError::EmptyClassFolder { path: class });
        }
        for file in items {
            let id = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(first) = found.insert(id.clone(), file.clone()) {
                return Err(TrainError::EqualNames { id, first, second: file });
            }
            labels.push((id.clone(), label.clone()));
            files.push((id, file));
        }
    }
    Ok((GroundTruth::new(class_name, labels), FileList::new(files)))
}

/// Returns the tracks of a folder, in order, without converted forms of others.
fn tracks(folder: &Path, is_track: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, TrainError> {
    let mut files = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| is_track(path)) {
        if metadata(&path)?.is_file() {
            files.push(path);
        }
    }
    let is_converted = |file: &PathBuf| {
        let same_name = |other: &&PathBuf| *other != file && other.file_stem() == file.file_stem();
        file.extension().is_some_and(|extension| extension == "sig") && files.iter().any(|other| same_name(&other))
    };
    Ok(files.iter().filter(|file| !is_converted(file)).cloned().collect())
}

/// Returns the visible entries of a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let read = fs::read_dir(folder).map_err(TrainError::read(folder))?;
    let paths = read.map(|entry| entry.map(|entry| entry.path()).map_err(TrainError::read(folder)));
    let mut paths: Vec<_> = paths.collect::<Result<_, _>>()?;
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

/// Returns the metadata of an entry; an entry that cannot be read would be missing from the training.
fn metadata(path: &Path) -> Result<fs::Metadata, TrainError> {
    fs::metadata(path).map_err(TrainError::read(path))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_track(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension != "txt")
    }

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if !file.ends_with('/') {
                fs::write(path, "{}").unwrap();
            }
        }
        folder
    }

    #[test]
    fn folders_of_classes_give_labels_and_files_in_order() {
        let folder =
            folder(&["b/2.json", "b/2.sig", "a/1.YAML", "a/.hidden.json", "a/notes.txt", "c/3.sig", "list.json"]);
        let (truth, list) = from_folders("mood", folder.path(), &is_track).unwrap();
        let labels: Vec<_> = truth.labels().iter().map(|(id, label)| format!("{id} {label}")).collect();
        assert_eq!(labels, ["1 a", "2 b", "3 c"]);
        assert_eq!(list.files()[1].1, folder.path().join("b/2.json"));
        assert!(list.check_ids(&truth).is_ok());
    }

    #[test]
    #[cfg(unix)]
    fn dangling_link_returns_an_error_with_its_path() {
        use std::os::unix::fs::symlink;

        let whole = folder(&["a/1.json", "b/2.json"]);
        for link in ["a/3.json", "c"] {
            symlink("/nowhere/at/all", whole.path().join(link)).unwrap();
            let error = from_folders("mood", whole.path(), &is_track).unwrap_err();
            assert!(matches!(&error, TrainError::Read { path, .. } if path.ends_with(link)), "{error}");
            fs::remove_file(whole.path().join(link)).unwrap();
        }
        symlink("/nowhere/at/all", whole.path().join("a/notes.txt")).unwrap();
        assert!(from_folders("mood", whole.path(), &is_track).is_ok());
    }

    #[test]
    fn equal_names_empty_folder_and_missing_folders_return_errors() {
        let twice = folder(&["a/x.json", "b/x.sig"]);
        let error = from_folders("c", twice.path(), &is_track).unwrap_err();
        assert!(matches!(&error, TrainError::EqualNames { id, .. } if id == "x"), "{error}");
        let twice = folder(&["a/x.json", "a/x.yaml", "b/y.sig"]);
        assert!(matches!(from_folders("c", twice.path(), &is_track).unwrap_err(), TrainError::EqualNames { .. }));
        let empty = folder(&["a/x.json", "b/notes.txt"]);
        let error = from_folders("c", empty.path(), &is_track).unwrap_err();
        assert!(matches!(&error, TrainError::EmptyClassFolder { path } if path.ends_with("b")), "{error}");
        let single = folder(&["a/x.json"]);
        let error = from_folders("c", single.path(), &is_track).unwrap_err();
        assert!(matches!(&error, TrainError::ClassFolders { got: 1, .. }), "{error}");
        let error = from_folders("c", &single.path().join("absent"), &is_track).unwrap_err();
        assert!(matches!(error, TrainError::Read { .. }));
    }
}
