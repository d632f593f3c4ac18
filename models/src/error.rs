//! Errors of models; every message states the expected and the actual value.

use earmark_dsp::DspError;
use thiserror::Error;

use crate::{CardError, EngineError};

/// Returns the cause of an error of TOML in one line.
pub(crate) fn toml_cause(error: &toml::de::Error) -> String {
    error.to_string().trim_end().replace('\n', " ")
}

/// Error of a model: of its card, its weights or its outputs.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// No model has this id; use one of the known ids.
    #[error("cannot find model: unknown id (expected one of {}, got `{id}`)", known.join(", "))]
    Unknown {
        /// Requested id.
        id: String,
        /// Known ids.
        known: Vec<String>,
    },
    /// The card is not valid; correct the file.
    #[error("cannot read card of model `{id}`: {why}")]
    Card {
        /// Id in the card, or empty if it could not be read.
        id: String,
        /// Cause, with the expected and the actual value.
        why: String,
    },
    /// The hash of the weights differs from the hash in the card.
    #[error("cannot load model `{id}`: wrong weights (expected sha256 {expected}, got {got})")]
    Weights {
        /// Id of the model.
        id: String,
        /// Hash in the card.
        expected: String,
        /// Hash of the weights.
        got: String,
    },
    /// The shape of the network, or of a patch, differs from the card.
    #[error("cannot use model `{id}`: wrong number of {what} (expected {expected}, got {got})")]
    Shape {
        /// Id of the model.
        id: String,
        /// Counted quantity.
        what: &'static str,
        /// Expected number.
        expected: usize,
        /// Actual number.
        got: usize,
    },
    /// The base model of a head is missing; add it to use the head.
    #[error("cannot use head `{id}`: missing base model (expected `{base}` or one of its family, got none)")]
    MissingBase {
        /// Id of the head.
        id: String,
        /// Id of the base model in the card of the head.
        base: String,
    },
    /// The embedding of the base model has another width than the input of the head.
    #[error("cannot use head `{id}`: wrong width of the embedding of `{base}` (expected {expected} values, got {got})")]
    EmbeddingWidth {
        /// Id of the head.
        id: String,
        /// Id of the base model.
        base: String,
        /// Width of the head's input.
        expected: usize,
        /// Width of the base model's embedding.
        got: usize,
    },
    /// The model takes descriptors, not patches.
    #[error(
        "cannot run `{id}` on audio patches (expected a network, got a classifier of descriptors: `earmark classify` runs it)"
    )]
    TakesDescriptors {
        /// Id of the classifier.
        id: String,
    },
    /// The model takes patches or embeddings, not descriptors.
    #[error("cannot run model `{id}` on descriptors (expected a classifier of descriptors, got a network)")]
    TakesPatches {
        /// Id of the model.
        id: String,
    },
    /// A file of a model cannot be read or written.
    #[error("cannot access {path}: {why}")]
    File {
        /// Path of the file.
        path: String,
        /// Error message of the system, or the expected and the actual value.
        why: String,
    },
    /// The inference engine rejected the model or failed on a patch.
    #[error("model `{id}`: {error}")]
    Engine {
        /// Id of the model.
        id: String,
        /// Error of the engine.
        error: EngineError,
    },
    /// An output of a network is NaN or infinite.
    #[error("cannot use output {index} of model `{id}`: not finite (got {got})")]
    NotFinite {
        /// Id of the model.
        id: String,
        /// Index of the value.
        index: usize,
        /// The value.
        got: f32,
    },
    /// The system cannot start a thread.
    #[error("cannot start a thread for networks: {error}")]
    Threads {
        /// Error of the system.
        error: String,
    },
    /// The fields of a new card contradict each other.
    #[error(transparent)]
    NewCard(#[from] CardError),
    /// The signal path rejected a setting.
    #[error(transparent)]
    Dsp(#[from] DspError),
}
