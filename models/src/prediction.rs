//! Predictions of models.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::LocalTempo;
use crate::pitch::Pitch;

/// Prediction of a model with the range of source time that it covers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Id of the model.
    #[serde(serialize_with = "write_id", deserialize_with = "read_id")]
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

fn write_id<S: Serializer>(id: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id)
}

fn read_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(deserializer).map(Into::into)
}

/// Predicted value of one patch.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Returns the values of the card's labels, if there are any: probabilities or quantities.
    /// [`Card::labelled`](crate::Card::labelled) pairs them with the labels.
    #[must_use]
    pub fn values(&self) -> Option<&[f32]> {
        match self {
            Self::Tags { values, .. } | Self::Values(values) => Some(values),
            _ => None,
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prediction_as_json_is_read_back() {
        let tempo = LocalTempo { bpm: 120.0, confidence: 0.5 };
        let values = [
            (PredictionValue::Silent, "\"silent\""),
            (PredictionValue::Values(vec![0.5]), r#"{"values":[0.5]}"#),
            (PredictionValue::Embedding(vec![0.25]), r#"{"embedding":[0.25]}"#),
            (
                PredictionValue::Pitch(Pitch { hz: 440.0, confidence: 1.0 }),
                r#"{"pitch":{"hz":440.0,"confidence":1.0}}"#,
            ),
            (
                PredictionValue::Tags { values: vec![0.5], embedding: None },
                r#"{"tags":{"values":[0.5],"embedding":null}}"#,
            ),
            (
                PredictionValue::Tempo { local: tempo, probabilities: vec![1.0] },
                r#"{"tempo":{"local":{"bpm":120.0,"confidence":0.5},"probabilities":[1.0]}}"#,
            ),
        ];
        for (outcome, expected) in values {
            let prediction = Prediction { model: "mine".into(), generation: 1, start_s: 0.0, end_s: 3.0, outcome };
            let text = serde_json::to_string(&prediction).unwrap();
            assert_eq!(
                text,
                format!(r#"{{"model":"mine","generation":1,"start_s":0.0,"end_s":3.0,"outcome":{expected}}}"#)
            );
            assert_eq!(serde_json::from_str::<Prediction>(&text).unwrap(), prediction);
        }
    }
}
