//! Search for model files in folders.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Maximum depth of the folders that are searched.
const MAX_DEPTH: usize = 8;

/// Extensions of model files.
const MODELS: &[&str] = &["onnx", "pb", "history"];
/// Extensions of files that other programs run. If a folder has no model file, these are returned, so that a user learns
/// what they are.
const FOREIGN: &[&str] = &[
    "tflite",
    "h5",
    "hdf5",
    "keras",
    "pt",
    "pth",
    "ckpt",
    "safetensors",
    "ort",
    "mlmodel",
    "pbtxt",
    "meta",
    "zip",
    "gz",
    "tgz",
    "tar",
    "xz",
    "bz2",
    "7z",
    "rar",
];

/// Finds the model files at these paths. Blocks.
///
/// A file stands for itself, a metadata file or a card for its network or classifier, and `saved_model.pb` for its folder.
/// Folders are searched for network files, Gaia classifiers (`.history`) and SavedModels; if a folder has `.onnx` and `.pb`
/// of the same name, the `.onnx` is used. A folder without any of them stands for the files of other formats in it.
#[must_use]
pub fn find_model_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            search(path, MAX_DEPTH, MODELS, &mut found);
            if found.len() == before {
                search(path, MAX_DEPTH, FOREIGN, &mut found);
            }
        } else if path.extension().is_some_and(|extension| extension == "json" || extension == "toml") {
            let network = MODELS.iter().map(|extension| path.with_extension(extension));
            found.push(network.into_iter().find(|path| path.is_file()).unwrap_or_else(|| path.clone()));
        } else if path.file_name().is_some_and(|name| name == "saved_model.pb") {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            found.push(folder.unwrap_or(Path::new(".")).to_owned());
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    found
}

fn search(folder: &Path, depth: usize, extensions: &[&str], found: &mut Vec<PathBuf>) {
    if folder.join("saved_model.pb").is_file() {
        found.push(folder.to_owned());
        return;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in &paths {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if path.is_dir() {
            if depth > 0 {
                search(path, depth - 1, extensions, found);
            }
        } else if extensions.contains(&extension)
            && (extension != "pb" || !paths.contains(&path.with_extension("onnx")))
        {
            found.push(path.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_stands_for_its_models_or_for_its_files_of_other_formats() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str| {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), b"x").unwrap();
        };
        write("net.tflite");
        write("notes.txt");
        assert_eq!(find_model_files(&[folder.path().to_owned()]), [path("net.tflite")]);
        for name in ["a.onnx", "a.pb", "a.json", "sub/b.pb", "saved/saved_model.pb"] {
            write(name);
        }
        assert_eq!(find_model_files(&[folder.path().to_owned()]), [path("a.onnx"), path("saved"), path("sub/b.pb")]);
        assert_eq!(
            find_model_files(&[path("saved/saved_model.pb"), path("saved"), path("a.json")]),
            [path("saved"), path("a.onnx")]
        );
    }
}
