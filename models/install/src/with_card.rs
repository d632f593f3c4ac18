//! A network with a card, which must match the network completely. The card may name the tensors of the file.

use earmark_models::{Card, Kind, ModelError, sha256};

use crate::base_model::check_other;
use crate::examination::Examination;
use crate::network_file::NetworkFile;
use crate::tensor_table::TensorTable;
use crate::{InstallError, PreparedModel, element_type, labels, model_id, probe};

/// Next step for outputs that are no probabilities.
const NEXT_STEP: &str =
    "End the network with a softmax or a sigmoid, or state kind = \"values\" with low and high in the card.";

/// Prepares a network with a card.
pub(crate) fn prepare(text: &str, file: &NetworkFile<'_>) -> Result<PreparedModel, InstallError> {
    let NetworkFile { source, bytes, origin, registry, .. } = *file;
    let base = |base_id: &str| registry.base(base_id);
    let (text, tensors) = TensorTable::split(text)?;
    let mut card = Card::from_toml_with(&text, base)?;
    // The id is the name of a folder.
    if !model_id::is_id(&card.id) {
        return Err(InstallError::Name(card.id));
    }
    if let Some(base_id) = &card.head_of {
        check_other(&card.id, base_id)?;
    }
    labels::check(&card.labels)?;
    if card.sha256 != origin.sha256 {
        let (id, expected, got) = (card.id, card.sha256, origin.sha256.clone());
        return Err(ModelError::Weights { id, expected, got }.into());
    }
    let input = tensors.input(source)?;
    element_type::check(bytes, source.format(), &input)?;
    let names = output_names(card.kind != Kind::Embedding, card.embedding.is_some());
    let onnx = tensors.convert(source, (&input, &card), &names)?;
    let shapes = (&card.input[..], &card.states[..]);
    let examination = match card.output_rows {
        Some(_) => Examination::of_any(&card.id, &onnx, shapes, &names)?,
        None => Examination::with_one_row(&card.id, &onnx, shapes, &names)?,
    };
    card.sha256 = sha256(&onnx);
    card.origin = Some(origin.clone());
    let probe = probe::probe(&card, &onnx)?;
    if !matches!(card.kind, Kind::Values { .. } | Kind::Embedding) {
        examination.check_probabilities(NEXT_STEP)?;
    }
    Ok(PreparedModel { card, weights: onnx, probe, waits_for: None })
}

/// Returns the names of the outputs in the converted file.
pub(crate) fn output_names(predicts: bool, embeds: bool) -> Vec<&'static str> {
    let predictions = predicts.then_some("activations");
    predictions.into_iter().chain(embeds.then_some("embeddings")).collect()
}
