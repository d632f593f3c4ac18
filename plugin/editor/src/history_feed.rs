//! Feed of the panel's history from the timeline of an instance. It also records while no window is open.

use std::collections::HashMap;
use std::sync::Arc;

use earmark_dsp::Timeline;
use earmark_models::{PredictionValue, Registry};
use earmark_panel::History;
use earmark_session::Instance;

/// History of the panel, updated from the timeline.
#[derive(Default)]
pub(crate) struct HistoryFeed {
    history: History,
    next: u64,
    /// Sequence number of the next change of the piece.
    next_song: u64,
    labels: HashMap<Arc<str>, Arc<[Arc<str>]>>,
}

impl HistoryFeed {
    /// Adds the predictions since the last call.
    pub(crate) fn update(&mut self, instance: &Instance) {
        let Self { history, next, next_song, labels } = self;
        let registry = instance.registry();
        let chosen_tempo = instance.settings().selection().tempo;
        instance.timeline.read(|timeline| {
            for (_, entry) in timeline.since(*next) {
                let prediction = &entry.prediction;
                let labels =
                    labels.entry(Arc::clone(&prediction.model)).or_insert_with_key(|id| labels_of(registry, id));
                let (generation, end_s) = (prediction.generation, prediction.end_s);
                match &prediction.outcome {
                    PredictionValue::Tags { values, .. } if !labels.is_empty() => {
                        history.set_labels(labels);
                        history.push_tags(generation, end_s, values);
                    }
                    // Silence of a tag model. A tempo model has no labels, and its silence adds nothing.
                    PredictionValue::Silent if !labels.is_empty() => {
                        history.set_labels(labels);
                        history.push_silence(generation, end_s);
                    }
                    PredictionValue::Tempo { local, .. } if chosen_tempo == Some(&*prediction.model) => {
                        history.push_tempo(generation, end_s, local.bpm, local.confidence);
                    }
                    _ => {}
                }
            }
            *next = timeline.next_seq();
        });
        let songs = instance.songs.read(Timeline::next_seq);
        if songs != std::mem::replace(next_song, songs) {
            // The last seconds belong to the new piece already; its average starts with the next prediction.
            history.clear_average();
        }
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    pub(crate) fn new_song(&mut self) {
        self.history.clear_average();
    }
}

fn labels_of(registry: &'static Registry, id: &str) -> Arc<[Arc<str>]> {
    let card = registry.card(id);
    // The history shows the shipped tag models only; added models are shown on a page of their own.
    let card = card.filter(|card| registry.is_builtin(&card.id));
    card.map_or_else(Arc::default, |card| card.labels.iter().map(|label| label.as_str().into()).collect())
}

#[cfg(test)]
mod tests {
    use earmark_models::{LocalTempo, Prediction};

    use super::*;
    use earmark_session::{SharedSettings, TimelineEntry};

    #[test]
    fn predictions_without_a_window_are_in_the_history() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        let add = |model: &str, end_s: f64, outcome: PredictionValue| {
            let prediction = Prediction { model: model.into(), generation: 1, start_s: end_s - 3.0, end_s, outcome };
            instance.timeline.push(TimelineEntry { prediction, begin: None, end: None, looped: false });
        };
        let tags = || PredictionValue::Tags { values: vec![0.5; 50], embedding: None };
        add("msd-musicnn", 3.0, tags());
        let mut feed = HistoryFeed::default();
        feed.update(&instance);
        assert_eq!((feed.history().len(), feed.history().labels()[0].as_ref()), (1, "rock"));
        add("msd-musicnn", 3.1, PredictionValue::Silent);
        add("tempocnn-deepsquare-k8", 12.0, PredictionValue::Silent);
        let local = LocalTempo { bpm: 120.0, confidence: 0.5 };
        add("tempocnn-deepsquare-k8", 12.5, PredictionValue::Tempo { local, probabilities: Vec::new() });
        feed.update(&instance);
        feed.update(&instance);
        assert_eq!((feed.history().len(), feed.history().tempi(0.0, 1e9).count()), (2, 1));
        add("mtt-vgg", 13.0, tags());
        feed.update(&instance);
        assert_eq!((feed.history().len(), feed.history().labels()[0].as_ref()), (1, "guitar"), "another model's tags");
    }
}
