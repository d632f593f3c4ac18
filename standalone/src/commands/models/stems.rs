//! Models of stems in the commands of models.

use std::path::Path;

use earmark_models::Registry;
use earmark_separate::user_models::{self, StemCard};
use serde_json::{Value, json};

use super::no_folder::NO_FOLDER_MESSAGE;

/// Checks a network of stems, and adds it unless `check` is set. Returns the message.
pub(super) fn install(path: &Path, check: bool) -> Result<String, String> {
    let (card, onnx) = user_models::check_file(path).map_err(|error| error.to_string())?;
    if check {
        return Ok(line(&card, 0));
    }
    let folder = Registry::global().folder().ok_or(NO_FOLDER_MESSAGE)?;
    let is_new = !user_models::cards(folder).iter().any(|known| known.id == card.id);
    user_models::add(folder, &card, &onnx).map_err(|error| error.to_string())?;
    Ok(format!("{} {}", if is_new { "added" } else { "replaced" }, card.id))
}

/// Returns the cards of the added models.
pub(super) fn cards() -> Vec<StemCard> {
    Registry::global().folder().map(|folder| user_models::cards(folder)).unwrap_or_default()
}

/// Returns the line of a model in the list; ids are padded to `width` characters.
pub(super) fn line(card: &StemCard, width: usize) -> String {
    let StemCard { id, rate, stems, licence, source, .. } = card;
    let stems = format!("{} stems", stems.len());
    format!("{id:width$}  {:9}  {stems:13}  {rate:>8} Hz           {licence:8}  {source}", "stems")
}

/// Returns the object of a model in the JSON list.
pub(super) fn object(card: &StemCard) -> Value {
    json!({ "id": card.id, "name": card.name, "kind": "stems", "added": true, "labels": card.stems,
            "rate_hz": card.rate, "licence": card.licence, "source": card.source, "sha256": card.sha256, "assumed": [] })
}

/// Checks a network of stems, and returns its object.
pub(super) fn checked_object(path: &Path) -> Result<Value, String> {
    let (card, _) = user_models::check_file(path).map_err(|error| error.to_string())?;
    let mut value = object(&card);
    value["added"] = false.into();
    value["path"] = path.display().to_string().into();
    Ok(value)
}

/// Describes a model, one line per property.
pub(super) fn describe(card: StemCard) -> String {
    let lines = [
        ("output", card.stems.join(", ")),
        ("input", format!("magnitudes of {} bins at {} Hz", card.bins, card.rate)),
        ("licence", card.licence),
        ("source", card.source),
        ("network", format!("sha256 {}", card.sha256)),
        ("cite", card.citation),
        ("about", card.description),
    ];
    let lines = lines.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("  {name:12}{text}\n"));
    format!("{}  {}\n{}", card.id, card.name, lines.collect::<String>())
}

/// Removes an added model. Returns false if there is none with this id.
pub(super) fn remove(folder: &Path, id: &str) -> Result<bool, String> {
    user_models::remove(folder, id).map_err(|error| error.to_string())
}
