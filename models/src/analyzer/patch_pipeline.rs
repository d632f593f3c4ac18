//! Patches of one length and hop, with the model that takes them.

use std::sync::Arc;

use earmark_dsp::{LastPatchMode, PatchGenerator};

use super::runner::ModelRunner;
use crate::{Card, ContextMode, Model, ModelError};

/// Patches of one front end, length and hop, with the model that takes them.
pub(super) struct PatchPipeline {
    pub(super) patches: PatchGenerator,
    /// Models whose predictions are requested: the one that takes the patches, or heads on its embedding.
    pub(super) models: Vec<Arc<Model>>,
    pub(super) context_mode: ContextMode,
    /// Frame of the front end that is frame 0 of the patches.
    pub(super) first_frame: u64,
    /// Whether the hop must remain that of the card.
    pub(super) is_hop_fixed: bool,
    pub(super) runner: ModelRunner,
}

/// Returns the models from the one that takes patches to `model`: base models, each with its head next.
pub(super) fn chain(model: &Arc<Model>) -> Result<Vec<&Arc<Model>>, ModelError> {
    let mut chain = vec![model];
    while let Some(of) = &chain[chain.len() - 1].card().head_of {
        let last = chain[chain.len() - 1];
        let missing = || ModelError::MissingBase { id: last.card().id.clone(), base: of.clone() };
        chain.push(last.base().ok_or_else(missing)?);
    }
    chain.reverse();
    Ok(chain)
}

impl PatchPipeline {
    /// Whether both pipelines make the same predictions.
    pub(super) fn has_same_models(&self, other: &Self) -> bool {
        self.context_mode == other.context_mode
            && self.patches.patch_frames() == other.patches.patch_frames()
            && self.models.len() == other.models.len()
            && self.models.iter().all(|model| other.models.iter().any(|same| Arc::ptr_eq(model, same)))
    }

    /// Whether a patch depends only on the patches that share frames with it.
    pub(super) fn is_divisible(&self) -> bool {
        let chains = self.models.iter().filter_map(|model| chain(model).ok());
        let is_divisible = |card: &Card| card.states.is_empty() && card.input_embeddings <= 1;
        self.context_mode == ContextMode::ZeroPadded && chains.flatten().all(|model| is_divisible(model.card()))
    }

    /// Whether the model that takes the patches reuses work between them.
    pub(super) fn is_incremental(&self) -> bool {
        let mut chains = self.models.iter().filter_map(|model| chain(model).ok());
        chains.any(|chain| chain.first().is_some_and(|model| model.is_incremental()))
    }

    /// Creates a pipeline that makes the same predictions, without frames and state.
    pub(super) fn fresh(&self) -> Result<Self, ModelError> {
        let mut patches = self.patches.clone();
        patches.reset();
        let chains = self.models.iter().map(chain).collect::<Result<Vec<_>, _>>()?;
        let (backbone, context_mode) = (chains[0][0], self.context_mode);
        let card = backbone.card();
        let left_out = card.patch_frames - patches.patch_frames();
        let mut runner = ModelRunner::new(card, backbone.network_with(context_mode), left_out);
        chains.iter().for_each(|chain| runner.add(&chain[1..]));
        let (models, is_hop_fixed) = (self.models.clone(), self.is_hop_fixed);
        Ok(Self { patches, models, context_mode, first_frame: 0, is_hop_fixed, runner })
    }

    /// Creates a pipeline for patches of a model, without predictions yet.
    pub(super) fn new(
        model: &Model,
        hop_frames: usize,
        last_patch_mode: LastPatchMode,
        context_mode: ContextMode,
        early: bool,
    ) -> Result<Self, ModelError> {
        let card = model.card();
        let patch_frames = if early { model.needed_frames() } else { card.patch_frames };
        let runner = ModelRunner::new(card, model.network_with(context_mode), card.patch_frames - patch_frames);
        let patches = PatchGenerator::new(card.front_end.bands(), patch_frames, hop_frames, last_patch_mode)?;
        Ok(Self { patches, models: Vec::new(), context_mode, first_frame: 0, is_hop_fixed: false, runner })
    }
}
