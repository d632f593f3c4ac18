//! What was heard in one file or one take, in the shape that is written out (`earmark/1`).
//!
//! The command line and the plugin write the same: whatever serialises a [`FileReport`] writes this schema.

use serde::Serialize;

use crate::{Aggregation, Alternative, Card, Kind, LocalTempo, Outcome, Prediction, tempo};

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
    pub heard: Heard,
    /// Only for a stream shorter than one patch: how long that is, in seconds ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_s: Option<f64>,
    /// ... and how long the stream was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub have_s: Option<f64>,
}

/// The predictions of a model and what they come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Heard {
    /// Of a tag model.
    Tags {
        /// The card's labels.
        labels: Vec<String>,
        /// Patch after patch.
        predictions: Vec<TagPatch>,
        /// The mean of each tag over all patches that were not silent, 0 to 1; none if all were.
        mean: Option<Vec<f32>>,
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

/// The tags of one patch; no values in silence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TagPatch {
    /// Where it begins, in seconds of source time.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// Whether the gate called it silence.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// A probability per label, 0 to 1.
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
        if let Outcome::Tags { embedding, .. } = &mut prediction.outcome {
            *embedding = None;
        }
        self.predictions.push(prediction);
    }

    /// The report on a stream of `have_s` seconds.
    #[must_use]
    pub fn finish(self, have_s: f64) -> ModelReport {
        let short = self.predictions.is_empty();
        let heard = match self.kind {
            Kind::Tags => tags(self.labels, self.predictions),
            Kind::Tempo { first_bpm } => tempo_of(self.predictions, first_bpm),
        };
        ModelReport { id: self.id, heard, need_s: short.then_some(self.need_s), have_s: short.then_some(have_s) }
    }
}

fn tags(labels: Vec<String>, predictions: Vec<Prediction>) -> Heard {
    let mut sums = vec![0.0_f64; labels.len()];
    let mut heard = 0_u32;
    let predictions = predictions
        .into_iter()
        .map(|Prediction { start_s, end_s, outcome, .. }| {
            let values = match outcome {
                Outcome::Tags { values, .. } => Some(values),
                _ => None,
            };
            if let Some(values) = &values {
                sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value));
                heard += 1;
            }
            TagPatch { start_s, end_s, silent: values.is_none(), values }
        })
        .collect();
    let mean = (heard > 0).then(|| sums.iter().map(|sum| (sum / f64::from(heard)) as f32).collect());
    Heard::Tags { labels, predictions, mean }
}

fn tempo_of(predictions: Vec<Prediction>, first_bpm: u16) -> Heard {
    let mut locals: Vec<LocalTempo> = Vec::new();
    let mut classes: Vec<Vec<f32>> = Vec::new();
    let predictions = predictions
        .into_iter()
        .map(|Prediction { start_s, end_s, outcome, .. }| {
            let local = match outcome {
                Outcome::Tempo { local, probabilities } => {
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
    Heard::Tempo { predictions, bpm: global.map(|g| g.bpm), confidence: global.map(|g| g.confidence), alternatives }
}
