//! What can go wrong with a model; every message says what was expected and what came.

use earmark_dsp::DspError;
use thiserror::Error;

use crate::EngineError;

/// An error of a model: its card, its weights or its arithmetic.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// No model of that name; ask for one of those that are known.
    #[error("expected a model that is here ({}), got `{id}`", known.join(", "))]
    Unknown {
        /// What was asked for.
        id: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A card that is not one, or contradicts itself; correct the file.
    #[error("card of model `{id}`: {why}")]
    Card {
        /// Id in the card, or empty when that could not be read.
        id: String,
        /// What was expected and what came.
        why: String,
    },
    /// The weights are not those that the card was written for.
    #[error("model `{id}`: expected weights with sha256 {expected}, got {got}")]
    Weights {
        /// The model.
        id: String,
        /// Hash in the card.
        expected: String,
        /// Hash of what came.
        got: String,
    },
    /// The network is not what its card says.
    #[error("model `{id}`: {what}: expected {expected}, got {got}")]
    Shape {
        /// The model.
        id: String,
        /// Which of its ends.
        what: &'static str,
        /// Values expected.
        expected: usize,
        /// Values that came.
        got: usize,
    },
    /// A head's model is not here; add it, or the head hears nothing.
    #[error("model `{id}`: expected the model `{base}`, whose embedding it takes, got none of that family")]
    NoBase {
        /// The head.
        id: String,
        /// The model, as the head's maker called it.
        base: String,
    },
    /// A head takes an embedding of another width than its model gives.
    #[error("model `{id}`: embedding of `{base}`: expected {expected} values, got {got}")]
    Width {
        /// The head.
        id: String,
        /// The model.
        base: String,
        /// Values that the head takes.
        expected: usize,
        /// Values that the model gives.
        got: usize,
    },
    /// A file of a model cannot be read or written.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// The system's words, or what was expected and what came.
        why: String,
    },
    /// The inference engine refused the model or failed on a patch.
    #[error("model `{id}`: {error}")]
    Engine {
        /// The model.
        id: String,
        /// The engine's words.
        error: EngineError,
    },
    /// A network answered with something that is not a number.
    #[error("model `{id}`: expected finite values, got {got} at output {index}")]
    NotFinite {
        /// The model.
        id: String,
        /// Which value.
        index: usize,
        /// What it was.
        got: f32,
    },
    /// The signal path refused a setting.
    #[error(transparent)]
    Dsp(#[from] DspError),
}
