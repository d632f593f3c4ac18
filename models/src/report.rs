//! Report on one file or one segment of a stream, in the shape of its JSON (schema `earmark/1`).
//!
//! The command line and the plugin write the same schema: a serialized [`FileReport`].

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Aggregation, Alternative, Card, Kind, LocalTempo, Prediction, PredictionValue, tempo};

/// Schema of the JSON of a report.
pub const SCHEMA: &str = "earmark/1";

/// Report on one file or one segment of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// [`SCHEMA`].
    pub schema: Cow<'static, str>,
    /// Path of the file as given, or the name of the segment.
    pub path: String,
    /// Bytes of a path that is not UTF-8, percent-encoded as in a URL; `None` if `path` is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<String>,
    /// Decoder of the file, such as `builtin`; `None` for a segment of a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decoder: Option<Cow<'static, str>>,
    /// Duration in seconds.
    pub duration_s: f64,
    /// Sample rate in Hz.
    pub sample_rate_hz: f64,
    /// Number of channels.
    pub channels: usize,
    /// One report per model.
    pub models: Vec<ModelReport>,
}

/// Report of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelReport {
    /// Id of the model.
    pub id: String,
    /// Id of the tagger from whose tags the values are derived; absent for a model of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived_from: Option<String>,
    /// Predictions of the model.
    #[serde(flatten)]
    pub output: ModelOutput,
    /// Duration of one patch in seconds; only for a stream that is shorter than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_s: Option<f64>,
    /// Duration of the stream in seconds; only for a stream that is shorter than one patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub have_s: Option<f64>,
    /// Assumed properties of a model that the user added (see [`Card::assumed`]); absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
}

/// Predictions of a model and their summary, by kind of model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ModelOutput {
    /// Output of a model of tags.
    Tags(LabelSeries),
    /// Output of a model of events.
    Events(LabelSeries),
    /// Output of a model of classes that exclude each other.
    Classes {
        /// Label of the positive class of a binary classifier, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        positive: Option<String>,
        /// Values of the classes.
        #[serde(flatten)]
        labelled: LabelSeries,
    },
    /// Output of a model of quantities.
    Values {
        /// Lower end of the scale.
        low: f32,
        /// Upper end of the scale.
        high: f32,
        /// Values on that scale.
        #[serde(flatten)]
        labelled: LabelSeries,
    },
    /// Output of a pitch model.
    Pitch {
        /// One entry per patch.
        predictions: Vec<PitchPatch>,
        /// Median pitch in Hz of the patches with a confidence of at least 0.5; none without such patches.
        hz: Option<f32>,
    },
    /// Output of a model with an embedding and no classes.
    Embedding {
        /// Number of values of the embedding. Reports do not contain the values.
        width: usize,
        /// Number of patches that were not silent.
        patches: usize,
    },
    /// Output of a tempo model.
    Tempo {
        /// One entry per patch.
        predictions: Vec<TempoPatch>,
        /// Tempo of the whole stream, in beats per minute; none for silence.
        bpm: Option<f32>,
        /// Confidence, 0 to 1.
        confidence: Option<f32>,
        /// Half and double tempo, if there are classes for them.
        alternatives: Vec<Candidate>,
    },
}

impl ModelOutput {
    /// Returns the name of the kind, as in the JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tags(_) => "tags",
            Self::Events(_) => "events",
            Self::Classes { .. } => "classes",
            Self::Values { .. } => "values",
            Self::Pitch { .. } => "pitch",
            Self::Embedding { .. } => "embedding",
            Self::Tempo { .. } => "tempo",
        }
    }

    /// Returns the number of patches, and of those that are not silent.
    fn patches(&self) -> (usize, usize) {
        let count = |silent: Vec<bool>| (silent.len(), silent.iter().filter(|silent| !**silent).count());
        match self {
            Self::Tempo { predictions, .. } => count(predictions.iter().map(|patch| patch.silent).collect()),
            Self::Pitch { predictions, .. } => count(predictions.iter().map(|patch| patch.silent).collect()),
            // The number of silent patches is not known.
            Self::Embedding { patches, .. } => (*patches, *patches),
            output => {
                count(output.labelled().iter().flat_map(|each| &each.predictions).map(|patch| patch.silent).collect())
            }
        }
    }

    /// Returns the values of the labels, for models with labels.
    #[must_use]
    pub fn labelled(&self) -> Option<&LabelSeries> {
        match self {
            Self::Tags(labelled) | Self::Events(labelled) => Some(labelled),
            Self::Classes { labelled, .. } | Self::Values { labelled, .. } => Some(labelled),
            Self::Tempo { .. } | Self::Pitch { .. } | Self::Embedding { .. } => None,
        }
    }
}

/// Values of labels, one entry per patch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSeries {
    /// Labels of the card.
    pub labels: Vec<String>,
    /// One entry per patch.
    pub predictions: Vec<LabelPatch>,
    /// Mean of each label over the patches that were not silent; none if all were.
    pub mean: Option<Vec<f32>>,
}

/// Values of one patch; none in silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelPatch {
    /// Start in seconds of source time.
    pub start_s: f64,
    /// End in seconds of source time.
    pub end_s: f64,
    /// Whether the patch was silent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// One value per label: a probability, 0 to 1, or a quantity.
    pub values: Option<Vec<f32>>,
}

/// Tempo of one patch; none in silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TempoPatch {
    /// Start in seconds of source time.
    pub start_s: f64,
    /// End in seconds of source time.
    pub end_s: f64,
    /// Beats per minute.
    pub bpm: Option<f32>,
    /// Probability of its class, 0 to 1.
    pub confidence: Option<f32>,
    /// Whether the patch was silent.
    pub silent: bool,
}

/// Pitch of one patch; none in silence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PitchPatch {
    /// Start in seconds of source time.
    pub start_s: f64,
    /// End in seconds of source time.
    pub end_s: f64,
    /// Frequency in Hz.
    pub hz: Option<f32>,
    /// Confidence, 0 to 1.
    pub confidence: Option<f32>,
    /// Whether the patch was silent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
}

/// Alternative tempo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Beats per minute.
    pub bpm: f32,
    /// Mean probability of its class, 0 to 1.
    pub confidence: f32,
}

/// Collector of the predictions of one model over one file or one segment of a stream.
#[derive(Debug)]
pub struct Collector {
    id: String,
    labels: Vec<String>,
    kind: Kind,
    positive_class: Option<usize>,
    embedding: Option<usize>,
    min_duration_s: f64,
    derived_from: Option<String>,
    assumed: Vec<String>,
    predictions: Vec<Prediction>,
}

impl FileReport {
    /// Creates a report without models.
    #[must_use]
    pub fn new(path: String, duration_s: f64, sample_rate_hz: f64, channels: usize) -> Self {
        Self {
            schema: SCHEMA.into(),
            path,
            path_bytes: None,
            decoder: None,
            duration_s,
            sample_rate_hz,
            channels,
            models: Vec::new(),
        }
    }

    /// Whether the whole stream is silent: there are patches, and no model has one with sound.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let patches: Vec<(usize, usize)> = self.models.iter().map(|model| model.output.patches()).collect();
        patches.iter().any(|(all, _)| *all > 0) && patches.iter().all(|(_, with_sound)| *with_sound == 0)
    }
}

impl Collector {
    /// Creates a collector for the model of a card.
    #[must_use]
    pub fn new(card: &Card) -> Self {
        Self {
            id: card.id.clone(),
            labels: card.labels.clone(),
            kind: card.kind,
            positive_class: card.positive_class,
            embedding: card.embedding,
            min_duration_s: card.min_duration_s(),
            derived_from: card.derived_from.clone(),
            assumed: card.assumed.clone(),
            predictions: Vec::new(),
        }
    }

    /// Returns the id of the model.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds a prediction of this model, in order of time.
    pub fn push(&mut self, mut prediction: Prediction) {
        // A report does not contain the embedding, which would be most of the memory at one prediction per frame.
        prediction.outcome.drop_embedding();
        self.predictions.push(prediction);
    }

    /// Returns the report on a stream of `have_s` seconds.
    #[must_use]
    pub fn finish(self, have_s: f64) -> ModelReport {
        let short = self.predictions.is_empty();
        let positive = self.positive_class.and_then(|class| self.labels.get(class).cloned());
        let labelled = |predictions| labelled(self.labels, predictions);
        let output = match self.kind {
            Kind::Tags => ModelOutput::Tags(labelled(self.predictions)),
            Kind::Events => ModelOutput::Events(labelled(self.predictions)),
            Kind::Classes => ModelOutput::Classes { positive, labelled: labelled(self.predictions) },
            Kind::Values { low, high } => ModelOutput::Values { low, high, labelled: labelled(self.predictions) },
            Kind::Tempo { first_bpm } => tempo_of(self.predictions, first_bpm),
            Kind::Pitch => pitch_of(self.predictions),
            Kind::Embedding => {
                let sounding =
                    self.predictions.iter().filter(|prediction| prediction.outcome != PredictionValue::Silent);
                ModelOutput::Embedding { width: self.embedding.unwrap_or(0), patches: sounding.count() }
            }
        };
        ModelReport {
            id: self.id,
            derived_from: self.derived_from,
            output,
            need_s: short.then_some(self.min_duration_s),
            have_s: short.then_some(have_s),
            assumed: self.assumed,
        }
    }
}

fn labelled(labels: Vec<String>, predictions: Vec<Prediction>) -> LabelSeries {
    let mut sums = vec![0.0_f64; labels.len()];
    let mut count = 0_u32;
    let predictions = predictions
        .into_iter()
        .map(|Prediction { start_s, end_s, outcome, .. }| {
            let values = match outcome {
                PredictionValue::Tags { values, .. } | PredictionValue::Values(values) => Some(values),
                _ => None,
            };
            if let Some(values) = &values {
                sums.iter_mut().zip(values).for_each(|(sum, &value)| *sum += f64::from(value));
                count += 1;
            }
            LabelPatch { start_s, end_s, silent: values.is_none(), values }
        })
        .collect();
    let mean = (count > 0).then(|| sums.iter().map(|sum| (sum / f64::from(count)) as f32).collect());
    LabelSeries { labels, predictions, mean }
}

/// Minimum confidence of a pitch in the median.
const MIN_CONFIDENCE: f32 = 0.5;

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
    let sure =
        predictions.iter().filter(|patch| patch.confidence.is_some_and(|confidence| confidence >= MIN_CONFIDENCE));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_as_json_is_read_back() {
        let mut report = FileReport::new("a.wav".into(), 12.5, 44_100.0, 2);
        report.decoder = Some("builtin".into());
        let patch =
            |values: Option<Vec<f32>>| LabelPatch { start_s: 0.0, end_s: 3.0, silent: values.is_none(), values };
        let labelled = LabelSeries {
            labels: vec!["rock".into(), "jazz".into()],
            predictions: vec![patch(Some(vec![0.1, f32::MIN_POSITIVE])), patch(None)],
            mean: Some(vec![0.1, 1.0 / 3.0]),
        };
        let tempo = TempoPatch { start_s: 0.0, end_s: 12.0, bpm: Some(121.0), confidence: Some(0.7), silent: false };
        let outputs = [
            ModelOutput::Tags(labelled.clone()),
            ModelOutput::Classes { positive: Some("rock".into()), labelled: labelled.clone() },
            ModelOutput::Values { low: 1.0, high: 9.0, labelled },
            ModelOutput::Tempo {
                predictions: vec![tempo],
                bpm: Some(121.0),
                confidence: Some(0.7),
                alternatives: vec![Candidate { bpm: 60.5, confidence: 0.2 }],
            },
            ModelOutput::Pitch { predictions: Vec::new(), hz: None },
            ModelOutput::Embedding { width: 200, patches: 3 },
        ];
        report.models = outputs
            .into_iter()
            .map(|output| ModelReport {
                id: "m".into(),
                derived_from: None,
                output,
                need_s: None,
                have_s: Some(1.0),
                assumed: Vec::new(),
            })
            .collect();
        assert!(!report.is_silent());
        let text = serde_json::to_string(&report).unwrap();
        let read: FileReport = serde_json::from_str(&text).unwrap();
        assert_eq!(read, report);
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn report_is_silent_if_it_has_patches_and_none_with_sound() {
        let mut report = FileReport::new("a.wav".into(), 12.5, 44_100.0, 2);
        assert!(!report.is_silent(), "no patch");
        let patch = |silent| LabelPatch { start_s: 0.0, end_s: 3.0, silent, values: None };
        for (silent, expected) in [(vec![], false), (vec![true, true], true), (vec![true, false], false)] {
            let predictions = silent.into_iter().map(patch).collect();
            let output = ModelOutput::Tags(LabelSeries { labels: Vec::new(), predictions, mean: None });
            let (need_s, have_s) = (None, None);
            report.models =
                vec![ModelReport { id: "m".into(), derived_from: None, output, need_s, have_s, assumed: Vec::new() }];
            assert_eq!(report.is_silent(), expected);
        }
    }
}
