//! Where prepared models are kept: the folder that the registry reads.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_models::user_models::{CARD, NETWORK};
use earmark_models::{Card, Registry};

use crate::{InstallError, PreparedModel};

/// The deepest folder that is searched.
const DEEPEST: usize = 8;

/// Network files at these paths: files as they are, of a description its network, and in folders whatever is one. Of the
/// same name as `.onnx` and `.pb`, the first.
#[must_use]
pub fn find(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            search(path, DEEPEST, &mut found);
        } else if path.extension().is_some_and(|ending| ending == "json" || ending == "toml") {
            let network = ["onnx", "pb"].map(|ending| path.with_extension(ending));
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
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_dir() {
            if depth > 0 {
                search(path, depth - 1, found);
            }
        } else if ending == "onnx" || (ending == "pb" && !paths.contains(&path.with_extension("onnx"))) {
            found.push(path.clone());
        }
    }
}

/// Keeps a model in `folder`; true if it was not there before. A model of the same id that was made from the same file is
/// replaced, which changes nothing but what a later version makes better.
///
/// # Errors
/// [`InstallError::IdInUse`] when another model has that id, and [`InstallError::File`].
pub fn keep(folder: &Path, prepared: &PreparedModel, registry: &'static Registry) -> Result<bool, InstallError> {
    let PreparedModel { card, onnx, .. } = prepared;
    if registry.ships(&card.id) {
        return Err(InstallError::IdInUse("built in".into()));
    }
    let place = folder.join(&card.id);
    let there = place.exists();
    if there && !is_from(&place, card) {
        return Err(InstallError::IdInUse(format!(
            "in {} already, from another file; remove it first",
            place.display()
        )));
    }
    // Written aside and then moved, so that nobody ever reads half of it.
    let aside = folder.join(format!(".{}-{}", card.id, std::process::id()));
    let write = || {
        fs::create_dir_all(&aside)?;
        fs::write(aside.join(NETWORK), onnx)?;
        fs::write(aside.join(CARD), card.to_toml())?;
        if there {
            fs::remove_dir_all(&place)?;
        }
        fs::rename(&aside, &place)
    };
    write().map_err(|error| {
        let _ = fs::remove_dir_all(&aside);
        InstallError::file(&place, &error)
    })?;
    Ok(!there)
}

/// Whether what lies there was made from the same file as `card`, or cannot be read any more.
fn is_from(place: &Path, card: &Card) -> bool {
    let text = fs::read_to_string(place.join(CARD)).unwrap_or_default();
    let origin = card.origin.as_ref().map(|origin| origin.sha256.as_str()).unwrap_or_default();
    text.contains(origin) || text.is_empty()
}

/// Takes a model out of `folder`.
///
/// # Errors
/// [`InstallError::File`] when there is none of that id, or it cannot be taken away.
pub fn remove(folder: &Path, id: &str) -> Result<(), InstallError> {
    let place = folder.join(id);
    let is_one = !id.is_empty() && !id.starts_with('.') && Path::new(id).components().count() == 1;
    if !is_one || !place.join(CARD).is_file() {
        return Err(InstallError::File { path: place, why: "expected an added model, got none".into() });
    }
    fs::remove_dir_all(&place).map_err(|error| InstallError::file(&place, &error))
}
