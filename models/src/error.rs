//! What can go wrong with a model; every message says what was expected and what came.

use earmark_dsp::DspError;
use thiserror::Error;

use crate::EngineError;

/// An error of a model: its card, its weights or its arithmetic.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// No model of that name; ask for one of those that are known.
    #[error("expected a model that is built in ({}), got `{id}`", known.join(", "))]
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
