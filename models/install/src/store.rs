//! The folder of added models, which the registry reads.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_models::user_models::{CARD, weights_file};
use earmark_models::{Card, Registry};

use crate::{InstallError, PreparedModel};

/// Maximum depth of the folders that are searched.
const MAX_DEPTH: usize = 8;

/// Finds the model files at these paths. Blocks.
///
/// A file stands for itself, a metadata file or a card for its network or classifier. Folders are searched for network
/// files, Gaia classifiers (`.history`) and SavedModels; if a folder has `.onnx` and `.pb` of the same name, the `.onnx` is used.
#[must_use]
pub fn find_model_files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            search(path, MAX_DEPTH, &mut found);
        } else if path.extension().is_some_and(|extension| extension == "json" || extension == "toml") {
            let network = ["onnx", "pb", "history"].map(|extension| path.with_extension(extension));
            found.push(network.into_iter().find(|path| path.is_file()).unwrap_or_else(|| path.clone()));
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    found
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
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
                search(path, depth - 1, found);
            }
        } else if ["onnx", "history"].contains(&extension)
            || (extension == "pb" && !paths.contains(&path.with_extension("onnx")))
        {
            found.push(path.clone());
        }
    }
}

/// Writes a model into `folder`, and returns whether it is new. Blocks.
///
/// A model of the same id that was made from the same file is replaced, so that a newer version of this crate can
/// update it.
///
/// # Errors
/// [`InstallError::IdInUse`] if another model has this id; [`InstallError::File`].
pub fn save(folder: &Path, prepared: &PreparedModel, registry: &'static Registry) -> Result<bool, InstallError> {
    let PreparedModel { card, weights, .. } = prepared;
    if registry.is_builtin(&card.id) {
        return Err(InstallError::IdInUse("that is built in".into()));
    }
    let place = folder.join(&card.id);
    let existed = place.exists();
    if existed && !is_from(&place, card) {
        return Err(InstallError::IdInUse(format!(
            "from another file, in {}. Remove that model first.",
            place.display()
        )));
    }
    // Written to a temporary folder and then renamed, so that no reader gets an incomplete model.
    let staging = folder.join(format!(".{}-{}", card.id, std::process::id()));
    let write = || {
        fs::create_dir_all(&staging)?;
        fs::write(staging.join(weights_file(card)), weights)?;
        fs::write(staging.join(CARD), card.to_toml())?;
        if existed {
            fs::remove_dir_all(&place)?;
        }
        fs::rename(&staging, &place)
    };
    write().map_err(|error| {
        let _ = fs::remove_dir_all(&staging);
        InstallError::file(&place, &error)
    })?;
    Ok(!existed)
}

/// Whether the model in `place` was made from the same file as `card`, or cannot be read.
fn is_from(place: &Path, card: &Card) -> bool {
    let text = fs::read_to_string(place.join(CARD)).unwrap_or_default();
    let origin = card.origin.as_ref().map(|origin| origin.sha256.as_str()).unwrap_or_default();
    text.contains(origin) || text.is_empty()
}

/// Removes a model from `folder`. Blocks.
///
/// # Errors
/// [`InstallError::File`] if `folder` has no model of this id, or if it cannot be removed.
pub fn remove(folder: &Path, id: &str) -> Result<(), InstallError> {
    let place = folder.join(id);
    let is_one = !id.is_empty() && !id.starts_with('.') && Path::new(id).components().count() == 1;
    if !is_one || !place.join(CARD).is_file() {
        return Err(InstallError::File { path: place, why: "expected an added model, got none".into() });
    }
    fs::remove_dir_all(&place).map_err(|error| InstallError::file(&place, &error))
}
