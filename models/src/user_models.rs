//! Folder of user models: one subfolder per model, named by its id, with `card.toml`, and `network.onnx` or, for a
//! classifier of descriptors, `classifier.history`.
//!
//! Models are converted and checked when they are added. This module only reads them: invalid cards are rejected at
//! once, weights with another hash than the card's when they are loaded.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directories::ProjectDirs;

use crate::{Card, ModelError};

/// File name of the card in the folder of a model.
pub const CARD: &str = "card.toml";
/// File name of the weights in the folder of a model.
pub const NETWORK: &str = "network.onnx";
/// File name of the weights in the folder of a classifier of descriptors.
pub const HISTORY: &str = "classifier.history";
/// Environment variable with the folder of user models, instead of the default folder.
pub const ENV_VAR: &str = "EARMARK_MODELS";

/// Maximum size of a card in bytes; a card with a thousand labels has a twentieth of it.
pub const MAX_CARD_BYTES: u64 = 1 << 20;

/// Model that the user added.
#[derive(Debug, Clone)]
pub(crate) struct UserModel {
    pub(crate) card: Arc<Card>,
    weights: PathBuf,
}

impl UserModel {
    fn new(card: Card, folder: &Path) -> Self {
        let weights = folder.join(weights_file(&card));
        Self { card: Arc::new(card), weights }
    }

    pub(crate) fn weights(&self) -> Result<Vec<u8>, ModelError> {
        fs::read(&self.weights).map_err(|error| file_error(&self.weights, &error))
    }
}

/// Returns the file name of a model's weights: [`HISTORY`] for a classifier of descriptors, else [`NETWORK`].
#[must_use]
pub const fn weights_file(card: &Card) -> &'static str {
    if card.takes_descriptors { HISTORY } else { NETWORK }
}

/// Returns the folder of user models: the value of [`ENV_VAR`], or `models` in the platform's folder for program data;
/// none on a machine without such a folder.
#[must_use]
pub fn default_dir() -> Option<PathBuf> {
    match std::env::var_os(ENV_VAR).filter(|folder| !folder.is_empty()) {
        Some(folder) => Some(folder.into()),
        None => Some(ProjectDirs::from("", "", "earmark")?.data_dir().join("models")),
    }
}

/// Reads a folder: returns its models by id, and the errors of rejected ones. A missing folder is empty.
pub(crate) fn read(folder: &Path, builtin: &[Card]) -> (Vec<UserModel>, Vec<ModelError>) {
    let (mut models, mut rejected) = (Vec::new(), Vec::new());
    let (mut heads, mut folders) = (Vec::new(), folders(folder, &mut rejected));
    folders.sort();
    for folder in folders {
        let text = match card_text(&folder) {
            Ok(text) => text,
            Err(error) => {
                rejected.push(error);
                continue;
            }
        };
        match checked(&folder, builtin, Card::from_toml(&text)) {
            Ok(card) => models.push(UserModel::new(card, &folder)),
            // The base model may be read later.
            Err(ModelError::MissingBase { .. }) => heads.push((folder, text)),
            Err(error) => rejected.push(error),
        }
    }
    // A head may be the base model of another head: repeated until no more base models appear.
    while !heads.is_empty() {
        let (count, mut waiting) = (heads.len(), Vec::new());
        for (folder, text) in heads {
            let base = |of: &str| {
                let mut cards = builtin.iter().chain(models.iter().map(|added| &*added.card));
                cards.find(|card| card.is_base_of(of))
            };
            match checked(&folder, builtin, Card::from_toml_with(&text, base)) {
                Ok(card) => models.push(UserModel::new(card, &folder)),
                Err(error @ ModelError::MissingBase { .. }) => waiting.push((folder, text, error)),
                Err(error) => rejected.push(error),
            }
        }
        if waiting.len() == count {
            rejected.extend(waiting.into_iter().map(|(.., error)| error));
            break;
        }
        heads = waiting.into_iter().map(|(folder, text, _)| (folder, text)).collect();
    }
    models.sort_by(|a, b| a.card.id.cmp(&b.card.id));
    (models, rejected)
}

fn folders(folder: &Path, rejected: &mut Vec<ModelError>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                rejected.push(file_error(folder, &error));
            }
            return Vec::new();
        }
    };
    // A name with a leading dot belongs to a model that is being added or removed.
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir() && !is_hidden(path)).collect()
}

fn card_text(folder: &Path) -> Result<String, ModelError> {
    let path = folder.join(CARD);
    let mut text = String::new();
    let file = File::open(&path).map_err(|error| file_error(&path, &error))?;
    file.take(MAX_CARD_BYTES + 1).read_to_string(&mut text).map_err(|error| file_error(&path, &error))?;
    if text.len() as u64 > MAX_CARD_BYTES {
        let why = format!("card too large (expected at most {MAX_CARD_BYTES} bytes)");
        return Err(ModelError::File { path: path.display().to_string(), why });
    }
    Ok(text)
}

/// Checks that a card matches its folder and is not that of a built-in model.
fn checked(folder: &Path, builtin: &[Card], card: Result<Card, ModelError>) -> Result<Card, ModelError> {
    let card = card?;
    let wrong = |why| Err(ModelError::Card { id: card.id.clone(), why });
    if folder.file_name().is_none_or(|name| *name != *card.id) {
        return wrong(format!("wrong folder (expected the folder `{}`, got {})", card.id, folder.display()));
    }
    if builtin.iter().any(|builtin| builtin.id == card.id) {
        return wrong("the id is that of a built-in model".into());
    }
    Ok(card)
}

fn file_error(path: &Path, error: &std::io::Error) -> ModelError {
    ModelError::File { path: path.display().to_string(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Registry, zoo};

    fn write(folder: &Path, id: &str, card: &str, network: &[u8]) {
        let folder = folder.join(id);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(CARD), card).unwrap();
        fs::write(folder.join(NETWORK), network).unwrap();
    }

    #[test]
    fn folder_lists_valid_models_and_rejects_others_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::with_folder(folder.path().join("not there yet"));
        assert_eq!((registry.cards().len(), registry.rejected()), (zoo::ENTRIES.len(), Vec::new()));

        let registry = Registry::with_folder(folder.path().to_owned());
        let builtin = zoo::ENTRIES[0];
        let named = |id: &str| builtin.card.replacen("msd-musicnn", id, 1);
        write(folder.path(), "mine", &named("mine"), &builtin.onnx());
        write(folder.path(), "msd-musicnn", builtin.card, &builtin.onnx());
        write(folder.path(), "elsewhere", &named("other"), &builtin.onnx());
        write(folder.path(), "damaged", "id = ", b"");
        write(folder.path(), "other weights", &named("other weights"), b"not a network");
        write(folder.path(), ".on its way", &named(".on its way"), b"");
        fs::create_dir(folder.path().join("empty")).unwrap();
        let added: Vec<_> = registry.cards()[zoo::ENTRIES.len()..].iter().map(|card| &card.id).collect();
        assert_eq!(added, ["mine", "other weights"]);
        let errors: Vec<_> = registry.rejected().iter().map(ToString::to_string).collect();
        assert_eq!(errors.len(), 4, "{errors:?}");
        for expected in ["built-in", "expected the folder `other`", "empty", "card of model ``"] {
            assert!(errors.iter().any(|error| error.contains(expected)), "{expected}: {errors:?}");
        }
        let model = registry.load("mine").unwrap();
        assert_eq!(model.card().classes, 50);
        assert!(matches!(registry.load("other weights"), Err(ModelError::Weights { .. })));

        assert!(matches!(registry.classifier("mine"), Err(ModelError::TakesPatches { .. })));

        let classifier = folder.path().join("moods");
        fs::create_dir(&classifier).unwrap();
        let card = "id = \"moods\"\nname = \"\"\nkind = \"classes\"\nfeatures = \"descriptors\"\ninput = [1, 2]\nlabels = [\"a\", \"b\"]\n\
                    licence = \"\"\nsource = \"\"\ncitation = \"\"\ndescription = \"\"\n";
        fs::write(classifier.join(CARD), format!("{card}sha256 = \"{}\"\n", crate::sha256(b"chain"))).unwrap();
        fs::write(classifier.join(HISTORY), b"chain").unwrap();
        registry.refresh();
        assert!(matches!(registry.load("moods"), Err(ModelError::TakesDescriptors { .. })));
        assert_eq!(registry.classifier("moods").unwrap().1, b"chain");
        fs::write(classifier.join(HISTORY), b"other").unwrap();
        assert!(matches!(registry.classifier("moods"), Err(ModelError::Weights { .. })));

        fs::remove_dir_all(folder.path().join("mine")).unwrap();
        assert!(registry.card("mine").is_some(), "the folder was not read again");
        registry.refresh();
        assert!(registry.card("mine").is_none() && matches!(registry.load("mine"), Err(ModelError::Unknown { .. })));
    }
}
