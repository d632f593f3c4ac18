//! A card and the engine that runs its network.

use std::fmt::{self, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::engine::tract;
use crate::incremental::{HeadEngine, IncrementalEngine, Rest, plan, tail};
use crate::{Card, ContextMode, Engine, EngineError, Kind, Layout, ModelError, Network, Normalisation};

/// Name of the output with one value per class.
const ACTIVATIONS: &str = "activations";
/// Name of the output that describes the patch without naming it.
const EMBEDDINGS: &str = "embeddings";

/// A model, ready to listen. Share it: streams make their own [`Network`] from it.
pub struct Model {
    card: Card,
    engine: Arc<dyn Engine>,
    base: Option<Arc<Self>>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("card", &self.card).finish_non_exhaustive()
    }
}

impl Model {
    /// Prepares an ONNX network, with outputs `activations` and, if the card has an embedding, `embeddings`.
    /// Takes some tens of milliseconds.
    ///
    /// A network of columns, such as MusiCNN's, is found by its shape, and its streams share work between patches; so is
    /// a head of plain layers, for which the library takes several times as long.
    ///
    /// # Errors
    /// [`ModelError::Weights`] when the hash is not the card's, [`ModelError::Engine`] when the engine refuses the file,
    /// and those of [`Model::new`].
    pub fn from_onnx(card: Card, onnx: &[u8]) -> Result<Self, ModelError> {
        Self::from_onnx_by(card, onnx, |card, onnx| {
            let ours = if card.head_of.is_some() { head(card, onnx)? } else { columns(card, onnx)? };
            ours.map_or_else(|| whole(card, onnx), Ok)
        })
    }

    /// As [`Model::from_onnx`], with everything in the library and nothing shared between patches: to compare with.
    ///
    /// # Errors
    /// As [`Model::from_onnx`].
    pub fn from_onnx_whole(card: Card, onnx: &[u8]) -> Result<Self, ModelError> {
        Self::from_onnx_by(card, onnx, whole)
    }

    fn from_onnx_by(
        card: Card,
        onnx: &[u8],
        prepare: impl FnOnce(&Card, &[u8]) -> Result<Arc<dyn Engine>, EngineError>,
    ) -> Result<Self, ModelError> {
        let got = sha256(onnx);
        if got != card.sha256 {
            return Err(ModelError::Weights { id: card.id, expected: card.sha256, got });
        }
        let engine = prepare(&card, onnx).map_err(|error| ModelError::Engine { id: card.id.clone(), error })?;
        Self::new(card, engine)
    }

    /// A model of any engine: its outputs are one value per class, if there are classes, and, if the card has one, the
    /// embedding.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when the engine's shapes are not the card's.
    pub fn new(card: Card, engine: Arc<dyn Engine>) -> Result<Self, ModelError> {
        let widths: Vec<_> = engine.outputs().iter().map(|output| output.width).collect();
        let values: usize = card.input.iter().product();
        let expected = outputs(&card);
        let mut ends = vec![
            ("values of the input", values, engine.input().iter().product()),
            ("outputs", expected.len(), widths.len()),
        ];
        for (place, &name) in expected.iter().enumerate() {
            let got = widths.get(place).copied().unwrap_or(0);
            ends.push(match card.embedding.filter(|_| name == EMBEDDINGS) {
                Some(width) => ("embedding", width, got),
                None => ("classes", card.classes, got),
            });
        }
        for (what, expected, got) in ends {
            if expected != got {
                return Err(ModelError::Shape { id: card.id, what, expected, got });
            }
        }
        Ok(Self { card, engine, base: None })
    }

    /// A head, put on the model whose embedding it takes.
    ///
    /// # Errors
    /// [`ModelError::Width`] when that is of another width.
    pub fn on(self, base: Arc<Self>) -> Result<Self, ModelError> {
        let (expected, got) = (self.card.input.iter().product(), base.card.embedding.unwrap_or(0));
        if expected != got {
            let (id, base) = (self.card.id, base.card.id.clone());
            return Err(ModelError::Width { id, base, expected, got });
        }
        Ok(Self { base: Some(base), ..self })
    }

    /// The model whose embedding it takes, if it is a head.
    #[must_use]
    pub fn base(&self) -> Option<&Arc<Self>> {
        self.base.as_ref()
    }

    /// What the model is.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// Whether its patches share work within a stream.
    #[must_use]
    pub fn shares_work(&self) -> bool {
        self.engine.new_state(ContextMode::ZeroPadded).is_some()
    }

    /// A network for one stream. Allocates: call while activating.
    #[must_use]
    pub fn network(&self) -> Network {
        self.network_with(ContextMode::ZeroPadded)
    }

    /// As [`Model::network`], with what its patches find beyond their borders; of networks that share no work between
    /// patches it is always [`ContextMode::ZeroPadded`].
    #[must_use]
    pub fn network_with(&self, context_mode: ContextMode) -> Network {
        Network::new(&self.card, Arc::clone(&self.engine), context_mode)
    }
}

fn outputs(card: &Card) -> &'static [&'static str] {
    match card.embedding {
        Some(_) if card.kind == Kind::Embedding => &[EMBEDDINGS],
        Some(_) => &[ACTIVATIONS, EMBEDDINGS],
        None => &[ACTIVATIONS],
    }
}

/// The whole network in the library.
fn whole(card: &Card, onnx: &[u8]) -> Result<Arc<dyn Engine>, EngineError> {
    tract::load(onnx, &card.input, outputs(card))
}

/// The network as columns, if it is one of columns, and patches come to it as they are.
fn columns(card: &Card, onnx: &[u8]) -> Result<Option<Arc<dyn Engine>>, EngineError> {
    let bands = card.front_end.bands();
    let as_they_are = card.layout == Layout::FramesBands
        && card.normalisation == Normalisation::None
        && card.input == [1, card.patch_frames, bands];
    let graph = tract::read(onnx)?;
    let Some(plan) = plan(&graph, card.patch_frames, bands).filter(|_| as_they_are) else { return Ok(None) };
    let (outputs, pooled) = (outputs(card), 2 * plan.trunk.channels());
    let rest = match tail(&graph, &plan.pooled, pooled, outputs) {
        Some(tail) => Rest::Here(tail),
        None => Rest::Library(tract::load_behind(onnx, &plan.pooled, &[1, pooled], outputs)?),
    };
    Ok(Some(Arc::new(IncrementalEngine::new(&plan.trunk, &card.input, rest))))
}

/// The head as plain layers, if it is made of nothing else.
fn head(card: &Card, onnx: &[u8]) -> Result<Option<Arc<dyn Engine>>, EngineError> {
    let [1, width] = *card.input else { return Ok(None) };
    let graph = tract::read(onnx)?;
    let layers = tail(&graph, &graph.input, width, outputs(card));
    Ok(layers.map(|layers| Arc::new(HeadEngine::new(width, layers)) as Arc<dyn Engine>))
}

/// The hash of a file, in lower-case hexadecimal, as cards have it.
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
    fn a_sha256_is_written_as_everybody_writes_it() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn every_model_that_ships_loads_and_agrees_with_its_card() {
        for entry in zoo::ENTRIES {
            let card = Card::from_toml(entry.card).unwrap();
            let model = Model::from_onnx(card, entry.onnx).unwrap();
            let card = model.card();
            let patch = vec![0.5; card.patch_frames * card.front_end.bands()];
            let mut network = model.network();
            let heard = network.run(&patch).unwrap();
            assert_eq!(heard.activations.len(), card.classes, "{}", card.id);
            assert_eq!(heard.embedding.as_ref().map(Vec::len), card.embedding, "{}", card.id);
            assert!(heard.activations.iter().all(|p| (0.0..=1.0).contains(p)), "{}", card.id);
        }
    }

    #[test]
    fn weights_that_are_not_the_cards_are_refused() {
        let onnx = zoo::ENTRIES[0].onnx;
        let mut flipped = onnx.to_vec();
        flipped[onnx.len() / 2] ^= 1;
        assert!(matches!(Model::from_onnx(card(), &flipped), Err(ModelError::Weights { .. })));
        // Damaged, and with a card that says so: the engine refuses.
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
    fn a_card_that_disagrees_with_its_network_is_refused_with_both_numbers() {
        let onnx = zoo::ENTRIES[0].onnx;
        let mut fewer = card();
        fewer.labels.pop();
        fewer.classes = 49;
        let wider = Card { embedding: Some(201), ..card() };
        for (card, expected) in [(fewer, "classes: expected 49, got 50"), (wider, "embedding: expected 201, got 200")] {
            let error = Model::from_onnx(card, onnx).err().unwrap().to_string();
            assert!(error.ends_with(expected), "{error}");
        }
    }
}
