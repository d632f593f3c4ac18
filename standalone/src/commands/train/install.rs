//! Installation of a trained model.

use std::path::Path;

use earmark_install::{prepare, save};
use earmark_models::Registry;

use super::error::TrainCommandError;
use crate::commands::models::NO_FOLDER_MESSAGE;

/// Adds a model that was trained here to the installed models, and returns its id. Blocks.
pub(super) fn add(path: &Path) -> Result<String, TrainCommandError> {
    let registry = Registry::global();
    let folder = registry.folder().ok_or(TrainCommandError::NoFolder(NO_FOLDER_MESSAGE))?;
    let prepared = prepare(path, registry)?;
    save(folder, &prepared, registry)?;
    Ok(prepared.card.id)
}
