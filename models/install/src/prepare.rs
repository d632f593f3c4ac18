//! Conversion of a network file to a model with a card, and a test run.

use std::path::Path;

use earmark_import::{ImportError, Source, read_model_file};
use earmark_models::{Origin, Registry, sha256};

use crate::description_text::decode;
use crate::model_id::{self, id_of};
use crate::network_file::NetworkFile;
use crate::sidecar::{self, Sidecar};
use crate::{InstallError, Metadata, PreparedModel, foreign_format, with_card, with_metadata};

/// Reads a Gaia classifier (`.history`), or a network file or the folder of a SavedModel with its sidecar file: a card (`<name>.toml`), else metadata
/// (`<name>.json`), if there is one. Converts the network and runs it once. Writes nothing. Blocks.
///
/// # Errors
/// Any [`InstallError`] of the file or its sidecar file.
pub fn prepare(path: &Path, registry: &Registry) -> Result<PreparedModel, InstallError> {
    let bytes = read_model_file(path)?;
    let name = model_id::file_name(path);
    let origin = Origin { file: origin_name(path, &name), sha256: sha256(&bytes) };
    let id = id_of(&name, &origin.sha256);
    let mut prepared = if path.extension().is_some_and(|extension| extension == "history") {
        classifier(&id, bytes, origin.file)?
    } else {
        let source = read_network(&bytes, path)?;
        network(path, &NetworkFile { id: &id, source: &source, bytes: &bytes, origin: &origin, registry })?
    };
    if id != name && prepared.card.id == id {
        prepared.card.notes.push(format!("the id `{id}` is made from the name `{}`", plain(&name)));
    }
    Ok(prepared)
}

/// Returns the name of the file or folder, for display.
fn origin_name(path: &Path, name: &str) -> String {
    plain(&path.file_name().map_or_else(|| name.into(), |name| name.to_string_lossy()))
}

/// Returns a name without control characters.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Decodes a network, with the weights in files beside it. A file of another format is an error with the name of the format and the next step.
pub(crate) fn read_network(bytes: &[u8], path: &Path) -> Result<Source, InstallError> {
    if let Some(foreign) = foreign_format::recognize(bytes) {
        return Err(foreign.into());
    }
    Source::from_model_file(bytes, path).map_err(|error| match error {
        ImportError::Format | ImportError::Malformed(_) => {
            let foreign = foreign_format::core_ml(bytes).or_else(|| foreign_format::truncated(bytes));
            foreign.map_or_else(|| error.into(), InstallError::from)
        }
        error => error.into(),
    })
}

/// Prepares a network with the file beside it.
fn network(path: &Path, file: &NetworkFile<'_>) -> Result<PreparedModel, InstallError> {
    if let Some(card) = sidecar::read(path, "toml")? {
        return with_card::prepare(decode(&card.bytes).text.trim_start_matches('\u{feff}'), file);
    }
    let Some(description) = sidecar::read(path, "json")? else {
        return with_metadata::prepare(&Metadata::default(), file);
    };
    let metadata = read_metadata(&description)?;
    let mut prepared = with_metadata::prepare(&metadata, file)?;
    if description.is_of_first_download {
        prepared
            .card
            .assumed
            .push(format!("the metadata file is `{}`, of the first download of this name", description.name()));
    }
    Ok(prepared)
}

fn read_metadata(description: &Sidecar) -> Result<Metadata, InstallError> {
    Metadata::from_bytes(&description.bytes).map_err(|error| match error {
        InstallError::Metadata(why) => {
            let next_step = "Correct that file, or remove it to add the network without it";
            InstallError::Metadata(format!("{why} (in {}). {next_step}", plain(&description.name())))
        }
        error => error,
    })
}

#[cfg(feature = "classifiers")]
fn classifier(id: &str, history: Vec<u8>, file: String) -> Result<PreparedModel, InstallError> {
    let prepared = crate::classifier::prepare(id, history, file)?;
    crate::labels::check(&prepared.card.labels)?;
    Ok(prepared)
}

#[cfg(not(feature = "classifiers"))]
fn classifier(_: &str, _: Vec<u8>, _: String) -> Result<PreparedModel, InstallError> {
    Err(InstallError::Classifier("this build lacks the cargo feature `descriptors`".into()))
}

#[cfg(test)]
mod described;
#[cfg(test)]
mod tests;
