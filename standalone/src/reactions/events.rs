//! Events: stretches in which a tag is lit. Two that are near to each other are one.

use std::sync::Arc;
use std::time::SystemTime;

use earmark_models::{Card, DetectedEvent, EventChange, EventDetector, Kind, Outcome, Prediction};
use earmark_session::Wishes;

/// How long a tag may be out before it is another event, in seconds, unless something else is wished.
pub(crate) const JOIN_S: f64 = 2.0;

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Happening {
    /// A tag lit up.
    Began {
        /// Id of the model.
        model: Arc<str>,
        /// The tag.
        tag: String,
        /// Source time at which what lit it up begins, in seconds.
        start_s: f64,
        /// Its value, 0 to 1.
        value: f32,
    },
    /// It went out.
    Ended(Event),
}

/// An event, when it is over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Id of the model.
    pub(crate) model: Arc<str>,
    /// The tag.
    pub(crate) tag: String,
    /// When it began, by the wall's clock.
    pub(crate) at: SystemTime,
    /// Source time at which what lit it up begins, in seconds.
    pub(crate) start_s: f64,
    /// Source time behind the last that kept it lit.
    pub(crate) end_s: f64,
    /// The highest value, 0 to 1.
    pub(crate) peak: f32,
}

/// Follows the labels of every model that has some.
pub(crate) struct Events {
    join_s: f64,
    /// The models whose labels are followed.
    following: Vec<Following>,
}

struct Following {
    model: Arc<str>,
    generation: u64,
    detector: EventDetector,
    /// State revision of the thresholds.
    revision: Option<u64>,
    labels: Vec<String>,
    /// Of each tag, when its last event began, by the wall's clock.
    began: Vec<SystemTime>,
}

impl Default for Events {
    fn default() -> Self {
        Self::new(JOIN_S)
    }
}

impl Events {
    /// Events between which a tag was out for at most so many seconds are one.
    pub(crate) fn new(join_s: f64) -> Self {
        Self { join_s, following: Vec::new() }
    }

    /// Takes a prediction, of whatever kind; gives what happened. After a jump, and when other models listen, which is a
    /// generation of its own, all events end.
    pub(crate) fn take(&mut self, prediction: &Prediction, card: &Card, wishes: &dyn Wishes) -> Vec<Happening> {
        if !matches!(card.kind, Kind::Tags | Kind::Events | Kind::Classes) {
            return Vec::new();
        }
        let mut happened = Vec::new();
        if self.following.iter().any(|following| following.generation != prediction.generation) {
            happened = self.finish();
        }
        let place = self.following.iter().position(|following| following.model == prediction.model);
        let place = place.unwrap_or_else(|| {
            self.following.push(Following::new(prediction, card, self.join_s));
            self.following.len() - 1
        });
        let following = &mut self.following[place];
        following.follow(card, wishes);
        following.push(prediction, &mut happened);
        happened
    }

    /// The smoothed values of everything that is followed, with their names: those of the model of that id first, then
    /// what others have that it has not. None if that model has said nothing.
    pub(crate) fn values(&self, first: &str) -> Option<(Vec<String>, Vec<f32>)> {
        let is_first = |following: &&Following| *following.model == *first;
        let first = self.following.iter().find(is_first)?;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for following in std::iter::once(first).chain(self.following.iter().filter(|following| !is_first(following))) {
            for (label, value) in following.labels.iter().zip(following.detector.values()) {
                if !names.contains(label) {
                    names.push(label.clone());
                    values.push(*value);
                }
            }
        }
        Some((names, values))
    }

    /// Ends every event.
    pub(crate) fn finish(&mut self) -> Vec<Happening> {
        let ended = |following: Following| {
            let open: Vec<_> = following.detector.open().collect();
            open.into_iter().map(move |(label, event)| Happening::Ended(following.event(label, event)))
        };
        self.following.drain(..).flat_map(ended).collect()
    }
}

impl Following {
    fn new(prediction: &Prediction, card: &Card, join_s: f64) -> Self {
        Self {
            model: Arc::clone(&prediction.model),
            generation: prediction.generation,
            detector: EventDetector::new(card.labels.len()).joining(join_s),
            revision: None,
            labels: card.labels.clone(),
            began: vec![SystemTime::UNIX_EPOCH; card.labels.len()],
        }
    }

    /// Takes thresholds and time constant as they are chosen now.
    fn follow(&mut self, card: &Card, wishes: &dyn Wishes) {
        let state = wishes.state();
        let revision = Some(state.revision());
        if self.revision != revision {
            self.revision = revision;
            let state = state.get();
            self.detector.set_thresholds(card.labels.iter().map(|label| state.thresholds.of_class(card.kind, label)));
        }
        self.detector.set_time_constant_s(wishes.smoothing_s().into());
    }

    fn push(&mut self, prediction: &Prediction, happened: &mut Vec<Happening>) {
        let values = match &prediction.outcome {
            Outcome::Tags { values, .. } => Some(&**values),
            _ => None,
        };
        // Copied, because an event needs the rest of this, too.
        let changes = self.detector.push(prediction.start_s, prediction.end_s, values).to_vec();
        for change in changes {
            happened.push(match change {
                EventChange::Started { label, event } => {
                    self.began[label] = SystemTime::now();
                    let (model, tag) = (Arc::clone(&self.model), self.labels[label].clone());
                    Happening::Began { model, tag, start_s: event.start_s, value: event.peak }
                }
                EventChange::Ended { label, event, .. } => Happening::Ended(self.event(label, event)),
            });
        }
    }

    /// An event of a tag, with what a detector does not know.
    fn event(&self, label: usize, DetectedEvent { start_s, end_s, peak }: DetectedEvent) -> Event {
        let (model, tag, at) = (Arc::clone(&self.model), self.labels[label].clone(), self.began[label]);
        Event { model, tag, at, start_s, end_s, peak }
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;
    use earmark_session::Settings;

    use super::*;

    const ROCK: usize = 0;

    /// A second-long prediction that ends then, in which the first tag has that value.
    fn prediction(generation: u64, end_s: f64, value: f32) -> Prediction {
        let mut values = vec![0.0; 50];
        values[ROCK] = value;
        let outcome = Outcome::Tags { values, embedding: None };
        Prediction { model: "msd-vgg".into(), generation, start_s: end_s - 1.0, end_s, outcome }
    }

    /// What happens, in words.
    fn words(happened: Vec<Happening>) -> Vec<String> {
        let words = |happening| match happening {
            Happening::Began { tag, start_s, value, .. } => format!("{tag} from {start_s} at {value}"),
            Happening::Ended(Event { tag, start_s, end_s, peak, .. }) => format!("{tag} {start_s}..{end_s}, {peak}"),
        };
        happened.into_iter().map(words).collect()
    }

    #[test]
    fn near_stretches_are_one_event_and_far_ones_two() {
        let (card, settings) = (Registry::global().card("msd-vgg").unwrap(), Settings::new(Registry::global()));
        settings.set_smoothing_s(0.0);
        let mut events = Events::new(2.0);
        let mut told = Vec::new();
        let values = [0.1, 0.5, 0.7, 0.1, 0.1, 0.4, 0.0, 0.0, 0.0, 0.9];
        for (second, value) in values.into_iter().enumerate() {
            told.extend(words(events.take(&prediction(0, second as f64 + 1.0, value), card, &settings)));
        }
        assert_eq!(told, ["rock from 1 at 0.5", "rock 1..6, 0.7", "rock from 9 at 0.9"]);
        // A jump ends what goes on.
        assert_eq!(words(events.take(&prediction(1, 1.0, 0.0), card, &settings)), ["rock 9..10, 0.9"]);
        assert!(events.finish().is_empty());
    }

    #[test]
    fn a_tag_that_has_a_threshold_of_its_own_begins_there() {
        let (card, settings) = (Registry::global().card("msd-vgg").unwrap(), Settings::new(Registry::global()));
        settings.set_smoothing_s(0.0);
        settings.state().set_threshold(Some("rock"), Some(0.8));
        let mut events = Events::default();
        assert!(events.take(&prediction(0, 1.0, 0.7), card, &settings).is_empty());
        assert_eq!(events.take(&prediction(0, 2.0, 0.8), card, &settings).len(), 1);
        // What is no tag is nothing that happens.
        if let Some(tempo) = Registry::global().card("tempocnn-fcn") {
            let silent = Prediction { outcome: Outcome::Silent, ..prediction(0, 3.0, 0.0) };
            assert!(events.take(&silent, tempo, &settings).is_empty());
        }
        assert_eq!(words(events.finish()), ["rock 1..2, 0.8"]);
    }
}
