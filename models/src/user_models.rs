//! Models that the user installed: a folder each, named by the id, with `card.toml` and `network.onnx`.
//!
//! What lies there was converted and checked when it was added. Here it is only read: a card that is damaged is
//! refused, and weights that are not those of the card are refused when they are loaded.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use directories::ProjectDirs;
use parking_lot::Mutex;

use crate::{Card, ModelError};

/// A model's card in its folder.
pub const CARD: &str = "card.toml";
/// A model's weights in its folder.
pub const NETWORK: &str = "network.onnx";
/// What is set to the folder of added models when it is another one than usual.
pub const VARIABLE: &str = "EARMARK_MODELS";

/// The largest card, in bytes: a thousand labels need a twentieth of it.
const MAX_CARD: u64 = 1 << 20;

/// Model that the user installed.
#[derive(Debug, Clone)]
pub(crate) struct UserModel {
    pub(crate) card: &'static Card,
    network: PathBuf,
}

impl UserModel {
    pub(crate) fn weights(&self) -> Result<Vec<u8>, ModelError> {
        fs::read(&self.network).map_err(|error| file_error(&self.network, &error))
    }
}

/// Where added models lie: where [`VARIABLE`] says, or `models` in the platform's folder for a program's data. None on
/// a machine without such a place.
#[must_use]
pub fn usual() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        Some(folder) => Some(folder.into()),
        None => Some(ProjectDirs::from("", "", "earmark")?.data_dir().join("models")),
    }
}

/// The models of a folder, by id, and why others are not among them. A folder that is not there is empty.
pub(crate) fn read(folder: &Path, shipped: &[Card]) -> (Vec<UserModel>, Vec<ModelError>) {
    let (mut models, mut refused) = (Vec::new(), Vec::new());
    let (mut heads, mut folders) = (Vec::new(), folders(folder, &mut refused));
    folders.sort();
    for folder in folders {
        let text = match card_text(&folder) {
            Ok(text) => text,
            Err(error) => {
                refused.push(error);
                continue;
            }
        };
        match checked(&folder, shipped, Card::from_toml(&text)) {
            Ok(card) => models.push(UserModel { card: interned(card), network: folder.join(NETWORK) }),
            // Its model may come later.
            Err(ModelError::NoBase { .. }) => heads.push((folder, text)),
            Err(error) => refused.push(error),
        }
    }
    for (folder, text) in heads {
        let base = |of: &str| {
            let mut cards = shipped.iter().chain(models.iter().map(|added| added.card));
            cards.find(|card| card.is_base_of(of))
        };
        match checked(&folder, shipped, Card::from_toml_with(&text, base)) {
            Ok(card) => models.push(UserModel { card: interned(card), network: folder.join(NETWORK) }),
            Err(error) => refused.push(error),
        }
    }
    models.sort_by(|a, b| a.card.id.cmp(&b.card.id));
    (models, refused)
}

fn folders(folder: &Path, refused: &mut Vec<ModelError>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                refused.push(file_error(folder, &error));
            }
            return Vec::new();
        }
    };
    // What begins with a dot is on its way in or out.
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir() && !is_hidden(path)).collect()
}

fn card_text(folder: &Path) -> Result<String, ModelError> {
    let path = folder.join(CARD);
    let mut text = String::new();
    let file = File::open(&path).map_err(|error| file_error(&path, &error))?;
    file.take(MAX_CARD + 1).read_to_string(&mut text).map_err(|error| file_error(&path, &error))?;
    if text.len() as u64 > MAX_CARD {
        let why = format!("expected a card of at most {MAX_CARD} bytes, got more");
        return Err(ModelError::File { path: path.display().to_string(), why });
    }
    Ok(text)
}

/// A card that may stand in this folder.
fn checked(folder: &Path, shipped: &[Card], card: Result<Card, ModelError>) -> Result<Card, ModelError> {
    let card = card?;
    let wrong = |why| Err(ModelError::Card { id: card.id.clone(), why });
    if folder.file_name().is_none_or(|name| *name != *card.id) {
        return wrong(format!("expected the folder `{}`, got {}", card.id, folder.display()));
    }
    if shipped.iter().any(|shipped| shipped.id == card.id) {
        return wrong("expected another id, got that of a model that is built in".into());
    }
    Ok(card)
}

/// The card for as long as the process lives; the same one for the same card.
fn interned(card: Card) -> &'static Card {
    static CARDS: LazyLock<Mutex<HashMap<String, Vec<&'static Card>>>> = LazyLock::new(Mutex::default);
    let mut cards = CARDS.lock();
    let of_id = cards.entry(card.id.clone()).or_default();
    match of_id.iter().find(|known| ***known == card) {
        Some(known) => known,
        None => {
            let card: &'static Card = Box::leak(Box::new(card));
            of_id.push(card);
            card
        }
    }
}

fn file_error(path: &Path, error: &std::io::Error) -> ModelError {
    ModelError::File { path: path.display().to_string(), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Registry, zoo};

    fn put(folder: &Path, id: &str, card: &str, network: &[u8]) {
        let folder = folder.join(id);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(CARD), card).unwrap();
        fs::write(folder.join(NETWORK), network).unwrap();
    }

    #[test]
    fn what_lies_in_the_folder_is_listed_and_what_cannot_be_is_refused_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let registry: &'static Registry =
            Box::leak(Box::new(Registry::with_folder(folder.path().join("not there yet"))));
        assert_eq!((registry.cards().len(), registry.refused()), (zoo::ENTRIES.len(), Vec::new()));

        let registry: &'static Registry = Box::leak(Box::new(Registry::with_folder(folder.path().to_owned())));
        let shipped = zoo::ENTRIES[0];
        let named = |id: &str| shipped.card.replacen("msd-musicnn", id, 1);
        put(folder.path(), "mine", &named("mine"), shipped.onnx);
        put(folder.path(), "msd-musicnn", shipped.card, shipped.onnx);
        put(folder.path(), "elsewhere", &named("other"), shipped.onnx);
        put(folder.path(), "damaged", "id = ", b"");
        put(folder.path(), "other weights", &named("other weights"), b"not a network");
        put(folder.path(), ".on its way", &named(".on its way"), b"");
        fs::create_dir(folder.path().join("empty")).unwrap();
        let added: Vec<_> = registry.cards()[zoo::ENTRIES.len()..].iter().map(|card| &card.id).collect();
        assert_eq!(added, ["mine", "other weights"]);
        let words: Vec<_> = registry.refused().iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), 4, "{words:?}");
        for expected in ["built in", "expected the folder `other`", "empty", "card of model ``"] {
            assert!(words.iter().any(|words| words.contains(expected)), "{expected}: {words:?}");
        }
        let model = registry.load("mine").unwrap();
        assert_eq!(model.card().classes, 50);
        assert!(matches!(registry.load("other weights"), Err(ModelError::Weights { .. })));

        fs::remove_dir_all(folder.path().join("mine")).unwrap();
        assert!(registry.card("mine").is_some(), "nobody has looked");
        registry.refresh();
        assert!(registry.card("mine").is_none() && matches!(registry.load("mine"), Err(ModelError::Unknown { .. })));
    }
}
