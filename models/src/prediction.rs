//! Predictions of models.

use std::sync::Arc;

use crate::LocalTempo;
use crate::pitch::Pitch;

/// Prediction of a model with the range of source time that it covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Id of the model.
    pub model: Arc<str>,
    /// Number of restarts and jumps of the stream before. Predictions of two generations do not join.
    pub generation: u64,
    /// Source time of the first analyzed sample, in seconds.
    pub start_s: f64,
    /// Source time after the last analyzed sample, in seconds. The age of the prediction is the current source time
    /// minus this.
    pub end_s: f64,
    /// Predicted value.
    pub outcome: PredictionValue,
}

/// Predicted value of one patch.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub enum PredictionValue {
    /// Silence: the gate rejected the patch and no network ran.
    Silent,
    /// Probabilities of the card's labels: tags, events or classes.
    Tags {
        /// One probability per label, 0 to 1.
        values: Vec<f32>,
        /// Embedding of the patch, if the model outputs one.
        embedding: Option<Vec<f32>>,
    },
    /// Quantities of the card's labels, on the card's scale.
    Values(
        /// One value per label.
        Vec<f32>,
    ),
    /// Pitch.
    Pitch(Pitch),
    /// Embedding of a model without classes.
    Embedding(Vec<f32>),
    /// Tempo.
    Tempo {
        /// Most probable tempo.
        local: LocalTempo,
        /// One probability per class; they sum to 1.
        probabilities: Vec<f32>,
    },
}

impl PredictionValue {
    /// Returns the embedding, if there is one.
    #[must_use]
    pub fn embedding(&self) -> Option<&[f32]> {
        match self {
            Self::Tags { embedding, .. } => embedding.as_deref(),
            Self::Embedding(values) => Some(values),
            _ => None,
        }
    }

    /// Drops the embedding, which is most of the memory of a stored prediction.
    pub fn drop_embedding(&mut self) {
        match self {
            Self::Tags { embedding, .. } => *embedding = None,
            Self::Embedding(values) => *values = Vec::new(),
            _ => {}
        }
    }
}
