//! State of a published model between its predictions.

use std::sync::Arc;

use earmark_models::{Card, EventDetector, Kind, Prediction, PredictionValue, TempoStatus, tempo};

use crate::latest_prediction::{LabelValues, LatestPrediction, ModelValue, PitchValue, TempoEstimate};
use crate::state::Thresholds;

/// Averages and activity of the labels of one model.
pub(super) struct ModelState {
    pub(super) card: Arc<Card>,
    /// Predictions per second of source, in Hz.
    pub(super) rate_hz: f64,
    /// Detector over shares of the card's scale, 0 to 1.
    detector: EventDetector,
}

impl ModelState {
    pub(super) fn new(card: Arc<Card>, rate_hz: f64) -> Self {
        Self { detector: EventDetector::new(card.labels.len()), card, rate_hz }
    }

    /// Adds a prediction, averages it with a time constant of `smoothing_s` seconds, and returns the result to
    /// publish.
    pub(super) fn push(&mut self, prediction: &Prediction, smoothing_s: f32) -> LatestPrediction<ModelValue> {
        self.detector.set_time_constant_s(smoothing_s.into());
        let (silent, value) = match (self.card.kind, &prediction.outcome) {
            (Kind::Tempo { first_bpm }, PredictionValue::Tempo { local, probabilities }) => {
                let others = tempo::alternatives(std::slice::from_ref(probabilities), first_bpm, local.bpm);
                let alternatives = others.into_iter().map(|other| (other.bpm, other.confidence)).collect();
                let (bpm, confidence) = (Some(local.bpm), local.confidence);
                let (status, analyzed_s) = (TempoStatus::Likely, prediction.end_s - prediction.start_s);
                let tempo = TempoEstimate { bpm, confidence, alternatives, status, analyzed_s, beats: None };
                (false, ModelValue::Tempo(tempo))
            }
            (Kind::Tempo { .. }, _) => (true, ModelValue::Tempo(TempoEstimate::default())),
            (Kind::Pitch, PredictionValue::Pitch(pitch)) => {
                (false, ModelValue::Pitch(PitchValue { hz: Some(pitch.hz), confidence: pitch.confidence }))
            }
            (Kind::Pitch, _) => (true, ModelValue::Pitch(PitchValue::default())),
            (_, PredictionValue::Tags { values, .. } | PredictionValue::Values(values)) => {
                (false, self.labels(prediction, Some(values)))
            }
            _ => (true, self.labels(prediction, None)),
        };
        let Prediction { start_s, end_s, .. } = *prediction;
        let card = Arc::clone(&self.card);
        LatestPrediction { card, start_s, end_s, silent, stale: false, rate_hz: self.rate_hz, value }
    }

    /// Adds values of the labels; none for silence.
    fn labels(&mut self, prediction: &Prediction, values: Option<&[f32]>) -> ModelValue {
        let (low, high) = self.scale();
        let shares: Option<Vec<f32>> =
            values.map(|values| values.iter().map(|value| (value - low) / (high - low)).collect());
        // Silence is no value on a scale of quantities, so the average stays.
        if shares.is_some() || !matches!(self.card.kind, Kind::Values { .. }) {
            self.detector.push(prediction.start_s, prediction.end_s, shares.as_deref());
        }
        ModelValue::Labels(LabelValues {
            smoothed: self.shares().iter().map(|share| low + share * (high - low)).collect(),
            active: self.active().to_vec(),
            latest: values.unwrap_or_default().to_vec(),
        })
    }

    /// Returns the averaged values as shares of the scale, 0 to 1, in the order of the labels.
    pub(super) fn shares(&self) -> &[f32] {
        self.detector.values()
    }

    /// Returns the activity of each label.
    pub(super) fn active(&self) -> &[bool] {
        self.detector.active()
    }

    pub(super) fn reset(&mut self) {
        self.detector.reset();
    }

    pub(super) fn set_thresholds(&mut self, thresholds: &Thresholds) {
        // A derived reading of one half is as likely as not, like that of a class.
        let kind = if self.card.derived_from.is_some() { Kind::Classes } else { self.card.kind };
        let of = |label: &String| thresholds.of_class(kind, label);
        self.detector.set_thresholds(self.card.labels.iter().map(of));
    }

    fn scale(&self) -> (f32, f32) {
        match self.card.kind {
            Kind::Values { low, high } => (low, high),
            _ => (0.0, 1.0),
        }
    }
}

/// Returns the names of everything that MIDI can map, in the order of the models. A label that an earlier model also
/// has is followed by the id of its own model in parentheses.
pub(super) fn names<'a>(models: impl IntoIterator<Item = &'a ModelState>) -> Arc<[String]> {
    let mut names: Vec<String> = Vec::new();
    for (index, model) in models.into_iter().enumerate() {
        for label in &model.card.labels {
            let taken = index > 0 && names.contains(label);
            names.push(if taken { format!("{label} ({})", model.card.id) } else { label.clone() });
        }
    }
    names.into()
}

#[cfg(test)]
mod tests {
    use earmark_models::{LocalTempo, Registry};

    use super::*;

    fn card(kind: Kind, labels: &[&str]) -> Card {
        let mut card = Registry::global().builtin()[0].clone();
        (card.id, card.kind, card.classes) = ("mine".into(), kind, labels.len());
        card.labels = labels.iter().map(ToString::to_string).collect();
        card
    }

    fn labels(reading: LatestPrediction<ModelValue>) -> LabelValues {
        match reading.value {
            ModelValue::Labels(values) => values,
            other => panic!("expected labels, got {other:?}"),
        }
    }

    fn prediction(outcome: PredictionValue, end_s: f64) -> Prediction {
        Prediction { model: "mine".into(), generation: 0, start_s: end_s - 3.0, end_s, outcome }
    }

    #[test]
    fn values_keep_their_scale_and_silence_leaves_them_unchanged() {
        let mut model =
            ModelState::new(card(Kind::Values { low: 1.0, high: 9.0 }, &["valence", "arousal"]).into(), 10.0);
        model.set_thresholds(&Thresholds::default());
        let values = labels(model.push(&prediction(PredictionValue::Values(vec![3.0, 7.0]), 3.0), 0.0));
        assert_eq!((values.smoothed, values.active), (vec![3.0, 7.0], vec![false, true]));
        assert_eq!(model.shares(), [0.25, 0.75]);
        let reading = model.push(&prediction(PredictionValue::Silent, 4.0), 0.0);
        assert!(reading.silent);
        assert_eq!(
            labels(reading),
            LabelValues { smoothed: vec![3.0, 7.0], active: vec![false, true], latest: vec![] }
        );
    }

    #[test]
    fn class_is_active_above_one_half_and_fades_in_silence() {
        let mut model = ModelState::new(card(Kind::Classes, &["happy", "non_happy"]).into(), 10.0);
        model.set_thresholds(&Thresholds::default());
        let tags = |values: Vec<f32>| PredictionValue::Tags { values, embedding: None };
        assert_eq!(labels(model.push(&prediction(tags(vec![0.45, 0.55]), 3.0), 0.0)).active, [false, true]);
        assert_eq!(labels(model.push(&prediction(tags(vec![0.9, 0.1]), 4.0), 0.0)).active, [true, false]);
        assert!(labels(model.push(&prediction(PredictionValue::Silent, 60.0), 1.0)).smoothed[0] < 1e-6);
    }

    #[test]
    fn derived_mood_is_active_above_one_half() {
        let mut card = card(Kind::Tags, &["voice", "instrumental"]);
        card.derived_from = Some("msd-vgg".into());
        let mut model = ModelState::new(card.into(), 10.0);
        model.set_thresholds(&Thresholds::default());
        let outcome = PredictionValue::Tags { values: vec![0.53, 0.47], embedding: None };
        assert_eq!(labels(model.push(&prediction(outcome, 3.0), 0.0)).active, [true, false]);
    }

    #[test]
    fn tempo_has_its_range_its_alternatives_and_none_in_silence() {
        let mut model = ModelState::new(card(Kind::Tempo { first_bpm: 30 }, &[]).into(), 2.0);
        let mut probabilities = vec![0.0; 256];
        (probabilities[30], probabilities[90], probabilities[210]) = (0.2, 0.5, 0.3);
        let outcome = PredictionValue::Tempo { local: LocalTempo { bpm: 120.0, confidence: 0.5 }, probabilities };
        let reading = model.push(&prediction(outcome, 12.0), 2.0);
        assert_eq!((reading.start_s, reading.end_s, reading.silent, reading.rate_hz), (9.0, 12.0, false, 2.0));
        let alternatives = vec![(240.0, 0.3), (60.0, 0.2)];
        let (status, analyzed_s) = (TempoStatus::Likely, 3.0);
        let expected =
            TempoEstimate { bpm: Some(120.0), confidence: 0.5, alternatives, status, analyzed_s, beats: None };
        assert_eq!(reading.value, ModelValue::Tempo(expected));
        let reading = model.push(&prediction(PredictionValue::Silent, 13.0), 2.0);
        assert_eq!((reading.silent, reading.value), (true, ModelValue::Tempo(TempoEstimate::default())));
    }

    #[test]
    fn repeated_label_gets_the_id_of_its_model() {
        let mut tags = ModelState::new(card(Kind::Tags, &["rock", "happy"]).into(), 10.0);
        Arc::make_mut(&mut tags.card).id = "tags".into();
        let moods = ModelState::new(card(Kind::Classes, &["happy", "non_happy"]).into(), 10.0);
        assert_eq!(*names([&tags, &moods]), ["rock", "happy", "happy (mine)", "non_happy"].map(str::to_owned));
    }
}
