//! What was heard in one file, in the shape that is written out (`earmark/1`).

use earmark_models::{Aggregation, Alternative, Card, Kind, LocalTempo, Outcome, Prediction, tempo};
use serde::Serialize;

/// Version of the JSON that `earmark tag` writes.
const SCHEMA: &str = "earmark/1";

/// What was heard in one file.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport {
    pub(crate) schema: &'static str,
    pub(crate) path: String,
    pub(crate) duration_s: f64,
    pub(crate) sample_rate_hz: f64,
    pub(crate) channels: usize,
    pub(crate) models: Vec<ModelReport>,
}

/// What one model heard.
#[derive(Debug, Serialize)]
pub(crate) struct ModelReport {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) heard: Heard,
    /// Only for a stream shorter than one patch: how long that is, in seconds ...
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) need_s: Option<f64>,
    /// ... and how long the stream was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) have_s: Option<f64>,
}

/// The predictions of a model and what they come to.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Heard {
    Tags { labels: Vec<String>, predictions: Vec<TagPatch>, mean: Option<Vec<f32>> },
    Tempo { predictions: Vec<TempoPatch>, bpm: Option<f32>, confidence: Option<f32>, alternatives: Vec<Candidate> },
}

/// The tags of one patch; no values in silence.
#[derive(Debug, Serialize)]
pub(crate) struct TagPatch {
    pub(crate) start_s: f64,
    pub(crate) end_s: f64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) silent: bool,
    pub(crate) values: Option<Vec<f32>>,
}

/// The tempo of one patch; none in silence.
#[derive(Debug, Serialize)]
pub(crate) struct TempoPatch {
    pub(crate) start_s: f64,
    pub(crate) end_s: f64,
    pub(crate) bpm: Option<f32>,
    pub(crate) confidence: Option<f32>,
    pub(crate) silent: bool,
}

/// Another tempo it could be.
#[derive(Debug, Serialize)]
pub(crate) struct Candidate {
    pub(crate) bpm: f32,
    pub(crate) confidence: f32,
}

/// Collects the predictions of one model while a file is read.
pub(crate) struct Collector {
    id: String,
    labels: Vec<String>,
    kind: Kind,
    need_s: f64,
    predictions: Vec<Prediction>,
}

impl FileReport {
    pub(crate) fn new(path: String, duration_s: f64, sample_rate_hz: f64, channels: usize) -> Self {
        Self { schema: SCHEMA, path, duration_s, sample_rate_hz, channels, models: Vec::new() }
    }
}

impl Collector {
    /// For the model of that card.
    pub(crate) fn new(card: &Card) -> Self {
        Self {
            id: card.id.clone(),
            labels: card.labels.clone(),
            kind: card.kind,
            need_s: card.need_s(),
            predictions: Vec::new(),
        }
    }

    /// The model's id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn take(&mut self, prediction: Prediction) {
        self.predictions.push(prediction);
    }

    /// The report on a stream of `have_s` seconds.
    pub(crate) fn finish(self, have_s: f64) -> ModelReport {
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
