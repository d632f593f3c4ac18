//! Events: periods in which a tag is active. Events that are close to each other are joined.

use std::sync::Arc;
use std::time::SystemTime;

use earmark_models::{Card, DetectedEvent, EventChange, EventDetector, Kind, Prediction, PredictionValue};
use earmark_session::SettingsSource;

/// Default of the maximum gap between two joined events, in seconds.
pub const JOIN_S: f64 = 2.0;

/// Start or end of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum TagEvent {
    /// An event started.
    Started {
        /// Id of the model.
        model: Arc<str>,
        /// Name of the tag.
        tag: String,
        /// Source time at which the first patch above the threshold starts, in seconds.
        start_s: f64,
        /// Smoothed value, 0 to 1.
        value: f32,
    },
    /// An event ended.
    Ended(Event),
}

/// Event that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Id of the model.
    pub model: Arc<str>,
    /// Name of the tag.
    pub tag: String,
    /// Wall-clock time of the start.
    pub at: SystemTime,
    /// Source time at which the first patch above the threshold starts, in seconds.
    pub start_s: f64,
    /// Source time at which the last patch above the threshold ends, in seconds.
    pub end_s: f64,
    /// Highest smoothed value, 0 to 1.
    pub peak: f32,
}

/// Detector of events in the labels of all models.
pub struct Events {
    join_s: f64,
    trackers: Vec<ModelTracker>,
}

/// Detector of events in the labels of one model.
struct ModelTracker {
    model: Arc<str>,
    generation: u64,
    detector: EventDetector,
    /// Revision of the state from which the thresholds were read.
    revision: Option<u64>,
    labels: Vec<String>,
    /// Wall-clock time of the start of the last event of each tag.
    started: Vec<SystemTime>,
}

impl Default for Events {
    fn default() -> Self {
        Self::new(JOIN_S)
    }
}

impl Events {
    /// Creates a detector that joins events at most `join_s` seconds apart (default [`JOIN_S`]).
    #[must_use]
    pub fn new(join_s: f64) -> Self {
        Self { join_s, trackers: Vec::new() }
    }

    /// Processes a prediction of any kind; returns the events that started or ended. A new generation (a seek, or other
    /// models) ends all events.
    pub fn process(&mut self, prediction: &Prediction, card: &Card, settings: &dyn SettingsSource) -> Vec<TagEvent> {
        if !matches!(card.kind, Kind::Tags | Kind::Events | Kind::Classes) {
            return Vec::new();
        }
        let mut events = Vec::new();
        if self.trackers.iter().any(|tracker| tracker.generation != prediction.generation) {
            events = self.finish();
        }
        let index = self.trackers.iter().position(|tracker| tracker.model == prediction.model);
        let index = index.unwrap_or_else(|| {
            self.trackers.push(ModelTracker::new(prediction, card, self.join_s));
            self.trackers.len() - 1
        });
        let tracker = &mut self.trackers[index];
        tracker.configure(card, settings);
        tracker.detect(prediction, &mut events);
        events
    }

    /// Returns label names and smoothed values of all models: first those of the model with id `first`, then the other
    /// labels of the other models. Returns `None` if the first model has no prediction yet.
    pub fn values(&self, first: &str) -> Option<(Vec<String>, Vec<f32>)> {
        let is_first = |tracker: &&ModelTracker| *tracker.model == *first;
        let first = self.trackers.iter().find(is_first)?;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for tracker in std::iter::once(first).chain(self.trackers.iter().filter(|tracker| !is_first(tracker))) {
            for (label, value) in tracker.labels.iter().zip(tracker.detector.values()) {
                if !names.contains(label) {
                    names.push(label.clone());
                    values.push(*value);
                }
            }
        }
        Some((names, values))
    }

    /// Ends all events and returns them.
    pub fn finish(&mut self) -> Vec<TagEvent> {
        let ended = |tracker: ModelTracker| {
            let open: Vec<_> = tracker.detector.open().collect();
            open.into_iter().map(move |(label, event)| TagEvent::Ended(tracker.event(label, event)))
        };
        self.trackers.drain(..).flat_map(ended).collect()
    }
}

impl ModelTracker {
    fn new(prediction: &Prediction, card: &Card, join_s: f64) -> Self {
        Self {
            model: Arc::clone(&prediction.model),
            generation: prediction.generation,
            detector: EventDetector::new(card.labels.len()).joining(join_s),
            revision: None,
            labels: card.labels.clone(),
            started: vec![SystemTime::UNIX_EPOCH; card.labels.len()],
        }
    }

    /// Applies the current thresholds and the smoothing time constant.
    fn configure(&mut self, card: &Card, settings: &dyn SettingsSource) {
        let state = settings.state();
        let revision = Some(state.revision());
        if self.revision != revision {
            self.revision = revision;
            let state = state.get();
            self.detector.set_thresholds(card.labels.iter().map(|label| state.thresholds.of_class(card.kind, label)));
        }
        self.detector.set_time_constant_s(settings.smoothing_s().into());
    }

    /// Passes a prediction to the detector, and appends the events that started or ended to `events`.
    fn detect(&mut self, prediction: &Prediction, events: &mut Vec<TagEvent>) {
        let values = match &prediction.outcome {
            PredictionValue::Tags { values, .. } => Some(&**values),
            _ => None,
        };
        // Copied: the loop borrows the other fields of `self`.
        let changes = self.detector.push(prediction.start_s, prediction.end_s, values).to_vec();
        for change in changes {
            events.push(match change {
                EventChange::Started { label, event } => {
                    self.started[label] = SystemTime::now();
                    let (model, tag) = (Arc::clone(&self.model), self.labels[label].clone());
                    TagEvent::Started { model, tag, start_s: event.start_s, value: event.peak }
                }
                EventChange::Ended { label, event, .. } => TagEvent::Ended(self.event(label, event)),
            });
        }
    }

    /// Converts an event of the detector.
    fn event(&self, label: usize, DetectedEvent { start_s, end_s, peak }: DetectedEvent) -> Event {
        let (model, tag, at) = (Arc::clone(&self.model), self.labels[label].clone(), self.started[label]);
        Event { model, tag, at, start_s, end_s, peak }
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;
    use earmark_session::SharedSettings;

    use super::*;

    const ROCK: usize = 0;

    /// Returns a prediction of one second that ends at `end_s`, in which the first tag has that value.
    fn prediction(generation: u64, end_s: f64, value: f32) -> Prediction {
        let mut values = vec![0.0; 50];
        values[ROCK] = value;
        let outcome = PredictionValue::Tags { values, embedding: None };
        Prediction { model: "msd-vgg".into(), generation, start_s: end_s - 1.0, end_s, outcome }
    }

    fn event_text(events: Vec<TagEvent>) -> Vec<String> {
        let text = |event| match event {
            TagEvent::Started { tag, start_s, value, .. } => format!("{tag} from {start_s} at {value}"),
            TagEvent::Ended(Event { tag, start_s, end_s, peak, .. }) => format!("{tag} {start_s}..{end_s}, {peak}"),
        };
        events.into_iter().map(text).collect()
    }

    #[test]
    fn events_are_joined_if_they_are_close() {
        let (card, settings) = (Registry::global().card("msd-vgg").unwrap(), SharedSettings::new(Registry::global()));
        settings.set_smoothing_s(0.0);
        let mut events = Events::new(2.0);
        let mut seen = Vec::new();
        let values = [0.1, 0.5, 0.7, 0.1, 0.1, 0.4, 0.0, 0.0, 0.0, 0.9];
        for (second, value) in values.into_iter().enumerate() {
            seen.extend(event_text(events.process(&prediction(0, second as f64 + 1.0, value), card, &settings)));
        }
        assert_eq!(seen, ["rock from 1 at 0.5", "rock 1..6, 0.7", "rock from 9 at 0.9"]);
        // A new generation ends open events.
        assert_eq!(event_text(events.process(&prediction(1, 1.0, 0.0), card, &settings)), ["rock 9..10, 0.9"]);
        assert!(events.finish().is_empty());
    }

    #[test]
    fn events_start_at_the_threshold_of_their_tag() {
        let (card, settings) = (Registry::global().card("msd-vgg").unwrap(), SharedSettings::new(Registry::global()));
        settings.set_smoothing_s(0.0);
        settings.state().set_threshold(Some("rock"), Some(0.8));
        let mut events = Events::default();
        assert!(events.process(&prediction(0, 1.0, 0.7), card, &settings).is_empty());
        assert_eq!(events.process(&prediction(0, 2.0, 0.8), card, &settings).len(), 1);
        // Tempo predictions have no events.
        if let Some(tempo) = Registry::global().card("tempocnn-fcn") {
            let silent = Prediction { outcome: PredictionValue::Silent, ..prediction(0, 3.0, 0.0) };
            assert!(events.process(&silent, tempo, &settings).is_empty());
        }
        assert_eq!(event_text(events.finish()), ["rock 1..2, 0.8"]);
    }
}
