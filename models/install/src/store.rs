//! The folder of added models, which the registry reads: saving and removing.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use earmark_models::user_models::{CARD, MAX_CARD_BYTES, weights_file};
use earmark_models::{Card, Registry};

use crate::{InstallError, PreparedModel};

/// Number of attempts to put a model in place while other processes do the same.
const MAX_ATTEMPTS: u32 = 100;

/// Writes a model into `folder`, and returns whether it is new. Blocks.
///
/// A model of the same id that was made from the same file is replaced, so that a newer version of this crate can
/// update it. Several threads and processes may save at the same time: a model is written aside and renamed as a whole.
///
/// # Errors
/// [`InstallError::IdInUse`] if another model has this id; [`InstallError::CardTooLarge`]; [`InstallError::File`].
pub fn save(folder: &Path, prepared: &PreparedModel, registry: &Registry) -> Result<bool, InstallError> {
    let PreparedModel { card, weights, .. } = prepared;
    if registry.is_builtin(&card.id) {
        return Err(InstallError::IdInUse("that is built in. Rename the file.".into()));
    }
    let text = card.to_toml();
    if text.len() as u64 > MAX_CARD_BYTES {
        return Err(InstallError::CardTooLarge { expected: MAX_CARD_BYTES, got: text.len() });
    }
    let place = folder.join(&card.id);
    check_origin(&place, card)?;
    let staging = Aside::new(folder, &card.id);
    let write = || {
        fs::create_dir_all(&staging.path)?;
        fs::write(staging.path.join(weights_file(card)), weights)?;
        fs::write(staging.path.join(CARD), &text)
    };
    write().map_err(|error| InstallError::file(&place, &error))?;
    let mut is_new = true;
    for attempt in 0..MAX_ATTEMPTS {
        match fs::rename(&staging.path, &place) {
            Ok(()) => return Ok(is_new),
            // A model is there: the one to replace, or that of another process.
            Err(_) if place.exists() => {
                check_origin(&place, card)?;
                is_new = false;
                let old = Aside::new(folder, &card.id);
                // Fails if another process has just moved it.
                let _ = fs::rename(&place, &old.path);
            }
            // Another process has moved the model that was there.
            Err(error) if attempt + 1 == MAX_ATTEMPTS || !staging.path.exists() => {
                return Err(InstallError::file(&place, &error));
            }
            Err(_) => {}
        }
    }
    let why = "expected a place for the model, got changes by other programs".to_owned();
    Err(InstallError::File { path: place, why })
}

/// A folder beside the models that is removed at the end. Its name starts with a dot, so that no reader takes it for a
/// model.
struct Aside {
    path: PathBuf,
}

impl Aside {
    fn new(folder: &Path, id: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { path: folder.join(format!(".{id}-{}-{number}", std::process::id())) }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Checks that no model of another file is in `place`.
fn check_origin(place: &Path, card: &Card) -> Result<(), InstallError> {
    if place.exists() && !is_from(place, card) {
        return Err(InstallError::IdInUse(format!(
            "from another file, in {}. Remove that model first, or rename the file.",
            place.display()
        )));
    }
    Ok(())
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
