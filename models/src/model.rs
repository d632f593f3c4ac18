//! Models: a card and the engine that runs its network.

use std::fmt::{self, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::engine::graph::Graph;
use crate::engine::{library, onnx};
use crate::incremental::{
    Classifier, HeadEngine, IncrementalEngine, PatchNetEngine, StackEngine, conv_stack, dense_stack, patch_net, plan,
};
use crate::{Card, ContextMode, Engine, EngineError, Kind, Layout, ModelError, Network, Normalisation};

/// Name of the output with one value per class.
const ACTIVATIONS: &str = "activations";
/// Name of the output with the embedding.
const EMBEDDINGS: &str = "embeddings";

/// Loaded model: a card and an engine. Streams share a model and create their own [`Network`] from it.
pub struct Model {
    card: Card,
    engine: Arc<dyn Engine>,
    base: Option<Arc<Self>>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("id", &self.card.id).field("base", &self.base).finish_non_exhaustive()
    }
}

impl Model {
    /// Loads an ONNX network with the outputs `activations` and, if the card has an embedding, `embeddings`.
    /// Takes some tens of milliseconds.
    ///
    /// A network that can be evaluated incrementally, such as MusiCNN or VGG, is detected from its graph; its streams then
    /// reuse work between patches. A network of convolutions over whole patches, such as TempoCNN, and a head of plain
    /// layers are detected too, and run several times as fast as in the inference library.
    ///
    /// # Errors
    /// [`ModelError::Weights`] if the hash differs from the card's, [`ModelError::Engine`] if the engine rejects the
    /// file, and the errors of [`Model::new`]. In a build without the feature `added-models`, a network that no native
    /// engine supports is refused with [`EngineError::WithoutLibrary`].
    pub fn from_onnx(card: Card, onnx: &[u8]) -> Result<Self, ModelError> {
        Self::from_onnx_by(card, onnx, |card, onnx| native(card, onnx)?.map_or_else(|| reference(card, onnx), Ok))
    }

    /// Loads an ONNX network as [`Model::from_onnx`] does, but runs all of it in the inference library without reuse
    /// between patches, as a reference for comparisons.
    ///
    /// # Errors
    /// As [`Model::from_onnx`].
    pub fn from_onnx_reference(card: Card, onnx: &[u8]) -> Result<Self, ModelError> {
        Self::from_onnx_by(card, onnx, reference)
    }

    fn from_onnx_by(
        card: Card,
        onnx: &[u8],
        prepare: impl FnOnce(&Card, &[u8]) -> Result<Arc<dyn Engine>, EngineError>,
    ) -> Result<Self, ModelError> {
        check_hash(&card, onnx)?;
        let engine = prepare(&card, onnx).map_err(|error| ModelError::Engine { id: card.id.clone(), error })?;
        Self::new(card, engine)
    }

    /// Creates a model from any engine. Its outputs are one value per class, if the card has classes, then the
    /// embedding, if the card has one.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if the shapes of the engine differ from those of the card.
    pub fn new(card: Card, engine: Arc<dyn Engine>) -> Result<Self, ModelError> {
        let widths: Vec<_> = engine.outputs().iter().map(|output| output.width).collect();
        let values: usize = card.input.iter().product();
        let expected = outputs(&card);
        let mut ends =
            vec![("input values", values, engine.input().iter().product()), ("outputs", expected.len(), widths.len())];
        for (place, &name) in expected.iter().enumerate() {
            let got = widths.get(place).copied().unwrap_or(0);
            let rows = card.output_rows.map_or(1, |rows| rows.count);
            ends.push(match card.embedding.filter(|_| name == EMBEDDINGS) {
                Some(width) => ("embedding values", width * rows, got),
                None => ("classes", card.classes * rows, got),
            });
        }
        for (what, expected, got) in ends {
            if expected != got {
                return Err(ModelError::Shape { id: card.id, what, expected, got });
            }
        }
        Ok(Self { card, engine, base: None })
    }

    /// Sets the base model of a head.
    ///
    /// # Errors
    /// [`ModelError::EmbeddingWidth`] if the width of the embedding differs from that of the head's input.
    pub fn with_base(self, base: Arc<Self>) -> Result<Self, ModelError> {
        let width = if self.card.derived_from.is_some() { base.card.classes } else { base.card.embedding.unwrap_or(0) };
        let (expected, got) = (self.card.embedding_width(), width);
        if expected != got {
            let (id, base) = (self.card.id, base.card.id.clone());
            return Err(ModelError::EmbeddingWidth { id, base, expected, got });
        }
        Ok(Self { base: Some(base), ..self })
    }

    /// Returns the base model of a head; none for a model that takes patches.
    #[must_use]
    pub fn base(&self) -> Option<&Arc<Self>> {
        self.base.as_ref()
    }

    /// Returns the card.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Whether the streams of the model reuse work between patches.
    #[must_use]
    pub fn is_incremental(&self) -> bool {
        self.engine.new_state(ContextMode::ZeroPadded).is_some()
    }

    /// Returns the number of frames at the start of a patch that reach the outputs. A patch of a
    /// [network](Model::network) may end there.
    #[must_use]
    pub fn needed_frames(&self) -> usize {
        let (values, needed) = (self.engine.input().iter().product(), self.engine.needed_values());
        let frames = self.card.patch_frames;
        if needed < values { (needed * frames).div_ceil(values) } else { frames }
    }

    /// Creates a network for one stream. Allocates: call while activating.
    #[must_use]
    pub fn network(&self) -> Network {
        self.network_with(ContextMode::ZeroPadded)
    }

    /// Creates a network as [`Model::network`] does, with a context mode. A model that is not incremental always runs
    /// with [`ContextMode::ZeroPadded`].
    #[must_use]
    pub fn network_with(&self, context_mode: ContextMode) -> Network {
        Network::new(&self.card, Arc::clone(&self.engine), context_mode)
    }
}

/// Returns the names of the outputs that a card requires.
fn outputs(card: &Card) -> &'static [&'static str] {
    match card.embedding {
        Some(_) if card.kind == Kind::Embedding => &[EMBEDDINGS],
        Some(_) => &[ACTIVATIONS, EMBEDDINGS],
        None => &[ACTIVATIONS],
    }
}

/// Loads the whole network in the inference library.
fn reference(card: &Card, onnx: &[u8]) -> Result<Arc<dyn Engine>, EngineError> {
    library::load(onnx, &card.input, &card.states, outputs(card))
}

/// Loads the network in a native engine, if its graph and its card allow that.
fn native(card: &Card, onnx: &[u8]) -> Result<Option<Arc<dyn Engine>>, EngineError> {
    let (frames, bands) = (card.patch_frames, card.front_end.bands());
    if !card.states.is_empty() || card.output_rows.is_some() {
        return Ok(None);
    }
    if card.head_of.is_some() {
        return head(card, onnx);
    }
    match card.layout {
        // Patches that are prepared one by one share no work.
        Layout::FramesBands if card.normalisation == Normalisation::None && card.input == [1, frames, bands] => {
            incremental(card, onnx)
        }
        Layout::BandsFrames if card.input == [1, bands, frames, 1] => whole_patches(card, onnx),
        _ => Ok(None),
    }
}

/// Loads the network in an incremental engine, if its graph allows that.
fn incremental(card: &Card, onnx: &[u8]) -> Result<Option<Arc<dyn Engine>>, EngineError> {
    let graph = onnx::read(onnx)?;
    if let Some(plan) = plan(&graph, card.patch_frames, card.front_end.bands()) {
        let rest = classifier(card, onnx, &graph, (&plan.pooled, 2 * plan.trunk.channels()))?;
        return Ok(Some(Arc::new(IncrementalEngine::new(&plan.trunk, &card.input, rest))));
    }
    let Some(plan) = conv_stack(&graph, card.patch_frames, card.front_end.bands()) else { return Ok(None) };
    let rest = classifier(card, onnx, &graph, (&plan.flat, plan.width))?;
    let engine = StackEngine::new(&plan.stack, &card.input, rest);
    Ok(engine.map(|engine| Arc::new(engine) as Arc<dyn Engine>))
}

/// Loads the network in the native engine of whole patches, if its graph allows that.
fn whole_patches(card: &Card, onnx: &[u8]) -> Result<Option<Arc<dyn Engine>>, EngineError> {
    let graph = onnx::read(onnx)?;
    let Some(plan) = patch_net(&graph, card.patch_frames, card.front_end.bands()) else { return Ok(None) };
    let rest = classifier(card, onnx, &graph, (&plan.means, plan.width))?;
    let engine = PatchNetEngine::new(&plan.net, &card.input, rest);
    Ok(engine.map(|engine| Arc::new(engine) as Arc<dyn Engine>))
}

/// Loads the part of a network after the tensor `from`, of the shape `[1, width]`.
fn classifier(
    card: &Card,
    onnx: &[u8],
    graph: &Graph,
    (from, width): (&str, usize),
) -> Result<Classifier, EngineError> {
    Ok(match dense_stack(graph, from, width, outputs(card)) {
        Some(dense_stack) => Classifier::Native(dense_stack),
        None => Classifier::Library(library::load_from_tensor(onnx, from, &[1, width], outputs(card))?),
    })
}

/// Loads a head in the native engine, if it consists of plain layers only.
fn head(card: &Card, onnx: &[u8]) -> Result<Option<Arc<dyn Engine>>, EngineError> {
    let [1, width] = *card.input else { return Ok(None) };
    let graph = onnx::read(onnx)?;
    let layers = dense_stack(&graph, &graph.input, width, outputs(card));
    Ok(layers.map(|layers| Arc::new(HeadEngine::new(width, layers)) as Arc<dyn Engine>))
}

/// Checks that weights have the hash of the card.
pub(crate) fn check_hash(card: &Card, weights: &[u8]) -> Result<(), ModelError> {
    let got = sha256(weights);
    if got == card.sha256 {
        return Ok(());
    }
    Err(ModelError::Weights { id: card.id.clone(), expected: card.sha256.clone(), got })
}

/// Returns the SHA-256 of `bytes` in lower-case hexadecimal, as in cards.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo;

    fn card() -> Card {
        Card::from_toml(zoo::ENTRIES[0].card).unwrap()
    }

    #[test]
    fn sha256_is_lowercase_hex() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn every_builtin_model_loads_and_matches_its_card() {
        for entry in zoo::ENTRIES {
            let card = Card::from_toml(entry.card).unwrap();
            let model = Model::from_onnx(card, &entry.onnx()).unwrap();
            let card = model.card();
            let patch = vec![0.5; card.patch_frames * card.front_end.bands()];
            let mut network = model.network();
            let result = network.run(&patch).unwrap();
            assert_eq!(result.activations.len(), card.classes, "{}", card.id);
            assert_eq!(result.embedding.as_ref().map(Vec::len), card.embedding, "{}", card.id);
            assert!(result.activations.iter().all(|p| (0.0..=1.0).contains(p)), "{}", card.id);
        }
    }

    #[test]
    #[cfg(not(feature = "added-models"))]
    fn network_without_native_engine_is_refused_with_the_missing_feature() {
        // Frames and bands are as in no network that a native engine supports.
        for entry in zoo::ENTRIES {
            let card = Card::from_toml(entry.card).unwrap();
            let refused = [
                Model::from_onnx_reference(card.clone(), &entry.onnx()),
                Model::from_onnx(
                    Card { input: vec![1, 1, card.input.iter().product()], ..card.clone() },
                    &entry.onnx(),
                ),
            ];
            for error in refused.map(|model| model.unwrap_err()) {
                let expected = ModelError::Engine { id: card.id.clone(), error: EngineError::WithoutLibrary };
                assert_eq!(error, expected);
                assert!(error.to_string().contains("`added-models`"), "{error}");
            }
        }
    }

    #[test]
    fn weights_of_another_hash_and_damaged_weights_are_rejected() {
        let onnx = &*zoo::ENTRIES[0].onnx();
        let mut flipped = onnx.to_vec();
        flipped[onnx.len() / 2] ^= 1;
        assert!(matches!(Model::from_onnx(card(), &flipped), Err(ModelError::Weights { .. })));
        // Damaged weights with a matching hash: the engine rejects them.
        for damaged in [&onnx[..onnx.len() / 2], &onnx[..0], b"not a network"] {
            let card = Card { sha256: sha256(damaged), ..card() };
            assert!(
                matches!(Model::from_onnx(card, damaged), Err(ModelError::Engine { .. })),
                "{} bytes",
                damaged.len()
            );
        }
    }

    #[test]
    fn card_that_contradicts_its_network_is_rejected_with_both_numbers() {
        let onnx = &*zoo::ENTRIES[0].onnx();
        let mut fewer = card();
        fewer.labels.pop();
        fewer.classes = 49;
        let wider = Card { embedding: Some(201), ..card() };
        let cases = [
            (fewer, "wrong number of classes (expected 49, got 50)"),
            (wider, "wrong number of embedding values (expected 201, got 200)"),
        ];
        for (card, expected) in cases {
            let error = Model::from_onnx(card, onnx).err().unwrap().to_string();
            assert!(error.ends_with(expected), "{error}");
        }
    }
}
