//! What was heard in one file or one take, in the shape that is written out (`earmark/1`).
//!
//! The command line and the plugin write the same: whatever serialises a [`FileReport`] writes this schema.

use serde::Serialize;

use crate::{Aggregation, Alternative, Card, Kind, LocalTempo, Prediction, PredictionValue, tempo};

/// Version of the JSON that a report becomes.
pub const SCHEMA: &str = "earmark/1";

/// What was heard in one file or take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The file, as it was given; of a take its name.
    pub path: String,
    /// How long it is, in seconds.
    pub duration_s: f64,
    /// Its sampling rate, in Hz.
    pub sample_rate_hz: f64,
    /// How many channels it has.
    pub channels: usize,
    /// What each model heard.
    pub models: Vec<ModelReport>,
}

/// What one model heard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelReport {
    /// The model's id.
    pub id: String,
    /// Its predictions.
    #[serde(flatten)]
    pub heard: ModelOutput,
    /// Only for a stream shorter than one patch: how long that is, in seconds ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_s: Option<f64>,
    /// ... and how long the stream was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub have_s: Option<f64>,
}

/// Predictions of a model and their summary.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ModelOutput {
    /// Of a model of tags.
    Tags(Labelled),
    /// Of a model of events.
    Events(Labelled),
    /// Of a model of classes that exclude each other.
    Classes {
        /// The class that the model is asked about, if there is such a one.
        #[serde(skip_serializing_if = "Option::is_none")]
        positive: Option<String>,
        /// What was heard.
        #[serde(flatten)]
        labelled: Labelled,
    },
    /// Of a model of quantities.
    Values {
        /// The lowest value that is meant.
        low: f32,
        /// The highest.
        high: f32,
        /// What was heard, on that scale.
        #[serde(flatten)]
        labelled: Labelled,
    },
    /// Of a pitch model.
    Pitch {
        /// Patch after patch.
        predictions: Vec<PitchPatch>,
        /// The median of the patches that are surer than not, in Hz; none of none.
        hz: Option<f32>,
    },
    /// Of a model that only gives an embedding.
    Embedding {
        /// How many values it has. The values themselves are asked for as embeddings.
        width: usize,
        /// How many patches were not silent.
        patches: usize,
    },
    /// Of a tempo model.
    Tempo {
        /// Patch after patch.
        predictions: Vec<TempoPatch>,
        /// The tempo of the whole, in beats per minute; none of silence.
        bpm: Option<f32>,
        /// How sure, 0 to 1.
        confidence: Option<f32>,
        /// Half and double, as far as there are classes for them.
        alternatives: Vec<Candidate>,
    },
}

impl ModelOutput {
    /// The values of labels, of models that have labels.
    #[must_use]
    pub fn labelled(&self) -> Option<&Labelled> {
        match self {
            Self::Tags(labelled) | Self::Events(labelled) => Some(labelled),
            Self::Classes { labelled, .. } | Self::Values { labelled, .. } => Some(labelled),
            Self::Tempo { .. } | Self::Pitch { .. } | Self::Embedding { .. } => None,
        }
    }
}

/// Values of labels, patch after patch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Labelled {
    /// The card's labels.
    pub labels: Vec<String>,
    /// Patch after patch.
    pub predictions: Vec<LabelPatch>,
    /// The mean of each label's values over all patches that were not silent; none if all were.
    pub mean: Option<Vec<f32>>,
}

/// The values of one patch; none in silence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelPatch {
    /// Where it begins, in seconds of source time.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// Whether the gate called it silence.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// A value per label: a probability, 0 to 1, or a quantity.
    pub values: Option<Vec<f32>>,
}

/// The tempo of one patch; none in silence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TempoPatch {
    /// Where it begins, in seconds of source time.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// Beats per minute.
    pub bpm: Option<f32>,
    /// Probability of its class, 0 to 1.
    pub confidence: Option<f32>,
    /// Whether the gate called it silence.
    pub silent: bool,
}

/// The pitch of one patch; none in silence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PitchPatch {
    /// Where it begins, in seconds of source time.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// Its frequency.
    pub hz: Option<f32>,
    /// How sure, 0 to 1.
    pub confidence: Option<f32>,
    /// Whether the gate called it silence.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
}

/// Another tempo it could be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Beats per minute.
    pub bpm: f32,
    /// Mean probability of its class, 0 to 1.
    pub confidence: f32,
}

/// Collects the predictions of one model while a file is read or a take goes on.
#[derive(Debug)]
pub struct Collector {
    id: String,
    labels: Vec<String>,
    kind: Kind,
    positive: Option<usize>,
    embedding: Option<usize>,
    need_s: f64,
    predictions: Vec<Prediction>,
}

impl FileReport {
    /// A report without models yet, on a file or take of that length (seconds), rate (Hz) and number of channels.
    #[must_use]
    pub fn new(path: String, duration_s: f64, sample_rate_hz: f64, channels: usize) -> Self {
        Self { schema: SCHEMA, path, duration_s, sample_rate_hz, channels, models: Vec::new() }
    }
}

impl Collector {
    /// For the model of that card.
    #[must_use]
    pub fn new(card: &Card) -> Self {
        Self {
            id: card.id.clone(),
            labels: card.labels.clone(),
            kind: card.kind,
            positive: card.positive,
            embedding: card.embedding,
            need_s: card.need_s(),
            predictions: Vec::new(),
        }
    }

    /// The model's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds a prediction of this model; they come in order.
    pub fn take(&mut self, mut prediction: Prediction) {
        // A report has no use for it, and at one prediction a frame it would be most of the memory.
        prediction.outcome.drop_embedding();
        self.predictions.push(prediction);
    }

    /// The report on a stream of `have_s` seconds.
    #[must_use]
    pub fn finish(self, have_s: f64) -> ModelReport {
        let short = self.predictions.is_empty();
        let positive = self.positive.and_then(|class| self.labels.get(class).cloned());
        let labelled = |predictions| labelled(self.labels, predictions);
        let heard = match self.kind {
            Kind::Tags => ModelOutput::Tags(labelled(self.predictions)),
            Kind::Events => ModelOutput::Events(labelled(self.predictions)),
            Kind::Classes => ModelOutput::Classes { positive, labelled: labelled(self.predictions) },
            Kind::Values { low, high } => ModelOutput::Values { low, high, labelled: labelled(self.predictions) },
            Kind::Tempo { first_bpm } => tempo_of(self.predictions, first_bpm),
            Kind::Pitch => pitch_of(self.predictions),
            Kind::Embedding => {
                let heard = self.predictions.iter().filter(|prediction| prediction.outcome != PredictionValue::Silent);
                ModelOutput::Embedding { width: self.embedding.unwrap_or(0), patches: heard.count() }
            }
        };
        ModelReport { id: self.id, heard, need_s: short.then_some(self.need_s), have_s: short.then_some(have_s) }
    }
}

fn labelled(labels: Vec<String>, predictions: Vec<Prediction>) -> Labelled {
    let mut sums = vec![0.0_f64; labels.len()];
    let mut heard = 0_u32;
    let predictions = predictions
        .into_iter()
        .map(|Prediction { start_s, end_s, outcome, .. }| {
            let values = match outcome {
                PredictionValue::Tags { values, .. } | PredictionValue::Values(values) => Some(values),
                _ => None,
            };
            if let Some(values) = &values {
                sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value));
                heard += 1;
            }
            LabelPatch { start_s, end_s, silent: values.is_none(), values }
        })
        .collect();
    let mean = (heard > 0).then(|| sums.iter().map(|sum| (sum / f64::from(heard)) as f32).collect());
    Labelled { labels, predictions, mean }
}

/// Below this confidence a pitch is a guess.
const SURE: f32 = 0.5;

fn pitch_of(predictions: Vec<Prediction>) -> ModelOutput {
    let predictions: Vec<_> = predictions
        .into_iter()
        .map(|Prediction { start_s, end_s, outcome, .. }| {
            let pitch = match outcome {
                PredictionValue::Pitch(pitch) => Some(pitch),
                _ => None,
            };
            let (hz, confidence) = (pitch.map(|pitch| pitch.hz), pitch.map(|pitch| pitch.confidence));
            PitchPatch { start_s, end_s, hz, confidence, silent: pitch.is_none() }
        })
        .collect();
    let sure = predictions.iter().filter(|patch| patch.confidence.is_some_and(|confidence| confidence >= SURE));
    let mut sure: Vec<f32> = sure.filter_map(|patch| patch.hz).collect();
    sure.sort_by(f32::total_cmp);
    ModelOutput::Pitch { hz: sure.get(sure.len() / 2).copied(), predictions }
}

fn tempo_of(predictions: Vec<Prediction>, first_bpm: u16) -> ModelOutput {
    let mut locals: Vec<LocalTempo> = Vec::new();
    let mut classes: Vec<Vec<f32>> = Vec::new();
    let predictions = predictions
        .into_iter()
        .map(|Prediction { start_s, end_s, outcome, .. }| {
            let local = match outcome {
                PredictionValue::Tempo { local, probabilities } => {
                    locals.push(local);
                    classes.push(probabilities);
                    Some(local)
                }
                _ => None,
            };
            let (bpm, confidence) = (local.map(|l| l.bpm), local.map(|l| l.confidence));
            TempoPatch { start_s, end_s, bpm, confidence, silent: local.is_none() }
        })
        .collect();
    let global = tempo::global(&locals, Aggregation::Majority);
    let alternatives = global.map_or_else(Vec::new, |global| tempo::alternatives(&classes, first_bpm, global.bpm));
    let alternatives =
        alternatives.into_iter().map(|Alternative { bpm, confidence }| Candidate { bpm, confidence }).collect();
    ModelOutput::Tempo {
        predictions,
        bpm: global.map(|g| g.bpm),
        confidence: global.map(|g| g.confidence),
        alternatives,
    }
}
