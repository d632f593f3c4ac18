//! Prediction of a model about a range of source time.

use std::sync::Arc;

use crate::LocalTempo;
use crate::pitch::Pitch;

/// Prediction of a model about a range of source time.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Id of the model.
    pub model: Arc<str>,
    /// How many times the stream had begun anew or jumped: what an earlier generation said is about something else.
    pub generation: u64,
    /// Source time of the first sample that was heard, in seconds.
    pub start_s: f64,
    /// Source time behind the last sample that was heard, in seconds. The prediction's age is "now" less this.
    pub end_s: f64,
    /// Predicted value.
    pub outcome: PredictionValue,
}

/// Value that a model predicted for a patch.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub enum PredictionValue {
    /// Silence: below the gate, so that no network ran.
    Silent,
    /// A probability for each of the card's labels, of tags, events and classes.
    Tags {
        /// In the order of the labels, 0 to 1.
        values: Vec<f32>,
        /// The model's embedding, if it gives one.
        embedding: Option<Vec<f32>>,
    },
    /// A quantity for each of the card's labels, on the card's scale.
    Values(
        /// In the order of the labels.
        Vec<f32>,
    ),
    /// A pitch.
    Pitch(Pitch),
    /// An embedding and nothing else.
    Embedding(Vec<f32>),
    /// A tempo.
    Tempo {
        /// The most probable one.
        local: LocalTempo,
        /// A probability for each class; together 1.
        probabilities: Vec<f32>,
    },
}

impl PredictionValue {
    /// The embedding, of models that give one.
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
