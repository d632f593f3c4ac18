//! Latest prediction of a model, in the form that is displayed and sent.

use std::sync::Arc;

use earmark_models::{BeatLine, Card, TempoStatus, TempoUpdate};

/// Latest prediction of one model. Its age is the source time of the tap less [`LatestPrediction::end_s`].
#[derive(Debug, Clone, PartialEq)]
pub struct LatestPrediction<T> {
    /// Card of the model.
    pub card: Arc<Card>,
    /// Source time of the first analyzed sample, in seconds.
    pub start_s: f64,
    /// Source time after the last analyzed sample, in seconds.
    pub end_s: f64,
    /// Whether the patch was silence.
    pub silent: bool,
    /// Whether the prediction is from before the last seek or reset, and shown until the model predicts again.
    pub stale: bool,
    /// Predictions per second of source, in Hz.
    pub rate_hz: f64,
    /// Predicted values.
    pub value: T,
}

/// Values of a model with labels, in the order of the labels and on the scale of the card.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LabelValues {
    /// Values averaged over time.
    pub smoothed: Vec<f32>,
    /// Activity of each label, with hysteresis.
    pub active: Vec<bool>,
    /// Values of the last prediction; empty in silence.
    pub latest: Vec<f32>,
}

/// Tempo of the last patch, or live tempo of the selected model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TempoEstimate {
    /// Tempo in BPM; none in silence, and while there is no tempo yet.
    pub bpm: Option<f32>,
    /// Probability of the tempo, 0 to 1; 0 in silence.
    pub confidence: f32,
    /// Half and double tempo, the more probable first: BPM and probability.
    pub alternatives: Vec<(f32, f32)>,
    /// Certainty of a live tempo; [`TempoStatus::Likely`] for that of a patch.
    pub status: TempoStatus,
    /// Seconds of audio that the tempo is made from.
    pub analyzed_s: f64,
    /// Beats of a live tempo; none before the first.
    pub beats: Option<BeatLine>,
}

impl TempoEstimate {
    /// Returns the tempo that leaves the program: none below `min_confidence`, 0 to 1. A locked tempo that is held keeps
    /// its last value.
    #[must_use]
    pub fn outgoing_bpm(&self, min_confidence: f32) -> Option<f32> {
        self.bpm.filter(|_| self.confidence >= min_confidence)
    }
}

impl From<&TempoUpdate> for TempoEstimate {
    fn from(update: &TempoUpdate) -> Self {
        Self {
            bpm: update.bpm.map(|bpm| bpm as f32),
            confidence: if update.silent && !update.status.is_held() { 0.0 } else { update.confidence },
            alternatives: update.alternatives.iter().map(|other| (other.bpm, other.confidence)).collect(),
            status: update.status,
            analyzed_s: update.analyzed_s,
            beats: update.beats,
        }
    }
}

/// Pitch of the last patch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PitchValue {
    /// Frequency in Hz; none in silence.
    pub hz: Option<f32>,
    /// Confidence, 0 to 1; 0 in silence.
    pub confidence: f32,
}

/// Values of a model of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelValue {
    /// Values of labels.
    Labels(LabelValues),
    /// Tempo.
    Tempo(TempoEstimate),
    /// Pitch.
    Pitch(PitchValue),
}

impl ModelValue {
    /// Returns the values of labels; none for another kind of model.
    #[must_use]
    pub fn labels(self) -> Option<LabelValues> {
        if let Self::Labels(values) = self { Some(values) } else { None }
    }

    /// Returns the tempo; none for another kind of model.
    #[must_use]
    pub fn tempo(self) -> Option<TempoEstimate> {
        if let Self::Tempo(tempo) = self { Some(tempo) } else { None }
    }
}

impl<T> LatestPrediction<T> {
    /// Returns the prediction with its value converted; none if `convert` returns none.
    pub fn try_map<U>(self, convert: impl FnOnce(T) -> Option<U>) -> Option<LatestPrediction<U>> {
        let Self { card, start_s, end_s, silent, stale, rate_hz, value } = self;
        Some(LatestPrediction { card, start_s, end_s, silent, stale, rate_hz, value: convert(value)? })
    }
}

#[cfg(test)]
impl<T> LatestPrediction<T> {
    /// Returns a prediction of the first built-in model with labels `labels`, from 1 to 4 s.
    pub(crate) fn of_labels(id: &str, labels: &[&str], value: T) -> Self {
        let mut card = earmark_models::Registry::global().builtin()[0].clone();
        (card.id, card.classes) = (id.into(), labels.len());
        card.labels = labels.iter().map(ToString::to_string).collect();
        Self { card: Arc::new(card), start_s: 1.0, end_s: 4.0, silent: false, stale: false, rate_hz: 10.0, value }
    }
}
