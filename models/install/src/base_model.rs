//! Base model of a head: the network whose embedding the head takes.

use earmark_models::{Card, ModelError, Registry, family};

use crate::labels::Notes;
use crate::published::Published;
use crate::{InstallError, Metadata, known_models};

/// Number of values from which an input is more likely a waveform than an embedding.
const MIN_SAMPLES: usize = 3_000;
/// Parts of names of inputs that take a waveform.
const WAVEFORM_NAMES: [&str; 6] = ["waveform", "audio", "wav", "samples", "signal", "pcm"];

/// Base model of a head.
pub(crate) struct BaseModel<'a> {
    /// Id as in the metadata file, or the family of published networks.
    pub(crate) id: String,
    /// Card of the installed model of this family.
    pub(crate) installed: Option<&'a Card>,
}

/// Returns the base model of a head with an input of `width` values.
///
/// # Errors
/// [`InstallError::Unknown`] if neither the description nor the name determines the base model; [`InstallError::Mismatch`] if a head
/// is its own base model; [`ModelError::EmbeddingWidth`] if the embedding has another width.
pub(crate) fn base_model<'a>(
    id: &str,
    input: (&str, usize),
    metadata: &Metadata,
    published: &Published<'_>,
    registry: &'a Registry,
    notes: &mut Notes,
) -> Result<BaseModel<'a>, InstallError> {
    let (name, width) = input;
    let known = known_models::base(published.name, width);
    let base_id = match (&metadata.embedding_model, known) {
        // Some published metadata files name another network.
        (Some(declared), Some(known)) if family(declared) != known && published.is_certain() => {
            notes
                .notes
                .push(format!("the metadata declares the embedding of {declared}, name and width match {known}"));
            known.to_owned()
        }
        (Some(declared), _) => declared.clone(),
        (None, Some(known)) => {
            if !published.is_certain() {
                notes.assumed.push(format!(
                    "the input is the embedding of {known}, because of the name of the file and the width of {width}; name \
                     another base model in the metadata file: \"inference\": {{\"embedding_model\": {{\"model_name\": ...}}}}"
                ));
            }
            known.to_owned()
        }
        (None, None) => return Err(InstallError::Unknown(unknown(name, width))),
    };
    check_other(id, &base_id)?;
    let installed = registry.base(&base_id);
    if let Some(base) = installed {
        if base.embedding != Some(width) {
            let (id, base, got) = (id.to_owned(), base.id.clone(), base.embedding.unwrap_or(0));
            return Err(ModelError::EmbeddingWidth { id, base, expected: width, got }.into());
        }
        let of_base = base.assumed.iter().map(|assumed| format!("of the base model {}: {assumed}", base.id));
        notes.assumed.extend(of_base);
    }
    Ok(BaseModel { id: base_id, installed })
}

/// Checks that a head is not its own base model: it would wait for itself.
pub(crate) fn check_other(id: &str, base_id: &str) -> Result<(), InstallError> {
    if family(id) == family(base_id) {
        let got = format!("`{base_id}`, which is the head itself");
        return Err(InstallError::mismatch("the base model", "the model whose embedding is the input", got));
    }
    Ok(())
}

/// Describes an input of one axis without a base model.
fn unknown(name: &str, width: usize) -> String {
    let lower = name.to_ascii_lowercase();
    let is_waveform = width >= MIN_SAMPLES || WAVEFORM_NAMES.iter().any(|part| lower.contains(part));
    if is_waveform {
        return format!(
            "an input `{name}` of {width} values, which looks like samples of audio. Describe them in a card: earmark \
             models describe FILE. If the input is an embedding, name its model in the \
             metadata file: {{\"inference\": {{\"embedding_model\": {{\"model_name\": ...}}}}}}"
        );
    }
    format!(
        "an input `{name}` of {width} values of an unknown base model. If the input is the embedding of a model, name that model \
         in the metadata file: {{\"inference\": {{\"embedding_model\": {{\"model_name\": ...}}}}}}"
    )
}
