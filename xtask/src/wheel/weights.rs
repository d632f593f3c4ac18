//! Sources of the wheels with weights: the package, and the files of the crates that have the weights.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sh::{self, TaskError, file_error};

/// Folder of the packages, from the root.
const PACKAGES: &str = "standalone/python/packages";

/// Writes the sources of all packages into `folder`, and returns the folder of each.
pub(super) fn stage(folder: &Path) -> Result<Vec<PathBuf>, TaskError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(file_error(folder))?;
    }
    let tempo = package(folder, "tempocnn")?;
    let zoo = sh::root().join("models/zoo/tempocnn");
    for card in files(&zoo)?.iter().filter(|file| has_ending(file, "toml") && !file.ends_with("Cargo.toml")) {
        let model = tempo.join("earmark_tempocnn/models").join(card.file_stem().unwrap_or_default());
        copy(card, &model.join("card.toml"))?;
        copy(&card.with_extension("onnx"), &model.join("network.onnx"))?;
    }
    copy(&zoo.join("LICENSE-tempocnn.txt"), &tempo.join("LICENSE-tempocnn.txt"))?;
    let stems = package(folder, "spleeter")?;
    for stem in ["vocals", "accompaniment"] {
        let crates = sh::root().join("models/separate");
        let name = format!("spleeter-2stems-{stem}");
        let models = stems.join("earmark_spleeter/models");
        copy(&crates.join(stem).join(format!("{name}.toml")), &models.join(format!("{stem}.toml")))?;
        // A network may be in parts, in several crates, because registries limit the size of a package.
        let (mut parts, prefix) = (Vec::new(), format!("{name}.onnx"));
        for part in files(&crates)?.iter().filter(|folder| file_name(folder).starts_with(stem)) {
            parts.extend(files(part)?.into_iter().filter(|file| file_name(file).starts_with(&prefix)));
        }
        parts.sort_by_key(|part| file_name(part));
        let mut network = Vec::new();
        for part in &parts {
            network.extend(fs::read(part).map_err(file_error(part))?);
        }
        let path = models.join(format!("{stem}.onnx"));
        fs::write(&path, network).map_err(file_error(&path))?;
        copy(&crates.join(stem).join("LICENSE-spleeter.txt"), &stems.join("LICENSE-spleeter.txt"))?;
    }
    Ok(vec![tempo, stems])
}

/// Copies the sources of a package and returns their new folder.
fn package(folder: &Path, name: &str) -> Result<PathBuf, TaskError> {
    let (from, to) = (sh::root().join(PACKAGES).join(name), folder.join(name));
    let module = format!("earmark_{name}/__init__.py");
    for file in ["pyproject.toml", "README.md", &module] {
        copy(&from.join(file), &to.join(file))?;
    }
    Ok(to)
}

/// Copies a file, and creates the folder of the copy.
fn copy(from: &Path, to: &Path) -> Result<(), TaskError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(file_error(folder))?;
    }
    fs::copy(from, to).map_err(file_error(from)).map(drop)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let entries = fs::read_dir(folder).map_err(file_error(folder))?;
    Ok(entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension == ending)
}
