//! Where everything that is heard goes: the board, the time line, OSC and the report. Runs on the worker's thread.

use std::sync::Arc;
use std::time::Instant;

use earmark_dsp::{BoardReader, BoardWriter, MarkKind};
use earmark_models::smooth::Smoother;
use earmark_models::{Kind, Model, Outcome, Prediction, tempo};

mod added_model;

use self::added_model::{More, names};
use crate::instance::Instance;
use crate::outputs::{MidiFrame, MidiMap, Osc};
use crate::report::Recorder;
use crate::stream_analyzer::{Heard, Setup, frames_per_second};
use crate::tempo_map::TempoMap;
use crate::timeline::TimelineEntry;
use crate::transport::TransportSnapshot;
use crate::view::{MoreView, Status, TagsView, TempoView, View};

/// Publishes the events of a stream analyzer.
pub(crate) struct Publisher {
    instance: Arc<Instance>,
    board: BoardWriter<View>,
    snapshot: BoardReader<TransportSnapshot>,
    /// Since the last break.
    song: TempoMap,
    view: View,
    tags: Option<Tags>,
    tempo: Option<Tempo>,
    more: Vec<More>,
    map: MidiMap,
    /// State revision of the map and of all thresholds; none when the models are others.
    revision: Option<u64>,
    osc: Osc,
    recorder: Recorder,
}

/// The tag model that listens.
struct Tags {
    model: Arc<Model>,
    labels: Arc<[String]>,
    smoother: Smoother,
    rate_hz: f64,
}

/// The tempo model that listens.
struct Tempo {
    model: Arc<Model>,
    first_bpm: u16,
    rate_hz: f64,
}

impl Publisher {
    pub(crate) fn new(
        instance: Arc<Instance>,
        board: BoardWriter<View>,
        snapshot: BoardReader<TransportSnapshot>,
        recorder: Recorder,
    ) -> Self {
        let osc = Osc::default();
        let (song, view) = (TempoMap::default(), View::default());
        Self {
            instance,
            board,
            snapshot,
            song,
            view,
            tags: None,
            tempo: None,
            more: Vec::new(),
            map: MidiMap::default(),
            revision: None,
            osc,
            recorder,
        }
    }

    /// Takes the next thing that was heard.
    pub(crate) fn take(&mut self, heard: Heard) {
        let snapshot = *self.snapshot.latest();
        if matches!(heard, Heard::TakeBegan { .. } | Heard::Broke { .. }) {
            // Another place in the song: what was said of the one before does not hold there.
            self.song = TempoMap::default();
        }
        self.song.add(snapshot);
        match heard {
            Heard::TakeBegan { offline } => {
                self.recorder.begin(offline.then(|| self.instance.state().get()));
                self.view.status = Status::Listening;
            }
            Heard::Set { setup, models, anew, generation, thinned, missing } => {
                if anew {
                    self.forget(&models);
                }
                self.set(&setup, &models, thinned);
                self.view.generation = generation;
                self.view.missing = missing;
                self.publish();
            }
            Heard::Progress(progress) => {
                self.view.progress = progress;
                self.publish();
            }
            Heard::Predicted(prediction) => self.predicted(prediction),
            Heard::Skipped(predictions) => self.view.skipped += predictions,
            Heard::Broke { kind, generation } => self.broke(kind, generation),
            Heard::Failed(words) => {
                self.view.status = Status::Failed(words);
                self.publish();
            }
            Heard::TakeEnded { samples } => {
                if let Some(outcome) = self.recorder.end(samples) {
                    self.instance.add_written(outcome);
                }
            }
        }
    }

    /// What other models said is over.
    fn forget(&mut self, models: &[Arc<Model>]) {
        (self.tags, self.tempo, self.revision) = (None, None, None);
        self.more.clear();
        self.view = View { skipped: self.view.skipped, ..View::default() };
        self.recorder.listen(models);
    }

    fn set(&mut self, setup: &Setup, models: &[Arc<Model>], thinned: usize) {
        self.view.choice = Some(setup.choice);
        self.view.status = Status::Listening;
        self.view.thinned = thinned;
        for model in models {
            let hop_frames = (setup.hop_frames(model.card()) * thinned) as f64;
            let rate_hz = frames_per_second(model.card()) / hop_frames;
            let id = model.card().id.as_str();
            match model.card().kind {
                _ if id == setup.choice.tags => match &mut self.tags {
                    Some(tags) => tags.rate_hz = rate_hz,
                    None => self.tags = Some(Tags::new(model, rate_hz)),
                },
                Kind::Tempo { first_bpm } if setup.choice.tempo == Some(id) => {
                    self.tempo = Some(Tempo { model: Arc::clone(model), first_bpm, rate_hz });
                }
                _ => match self.more.iter_mut().find(|more| more.card.id == id) {
                    Some(more) => more.rate_hz = rate_hz,
                    None => self.more.push(More::new(model.card(), rate_hz)),
                },
            }
        }
        self.view.names = names(self.tags.as_ref().map(|tags| &*tags.labels), &self.more);
    }

    fn predicted(&mut self, mut prediction: Prediction) {
        let [begin, end] = [prediction.start_s, prediction.end_s].map(|at_s| self.song.at(at_s));
        self.recorder.take(&prediction, begin);
        prediction.outcome.drop_embedding();
        let frozen = self.instance.wishes().frozen();
        self.view.generation = self.view.generation.max(prediction.generation);
        self.view.status = Status::Listening;
        self.view.broke = None;
        self.view.progress.retain(|progress| progress.model != prediction.model);
        self.follow();
        if self.tags.as_ref().is_some_and(|tags| tags.model.card().id == *prediction.model) {
            self.tags_predicted(&prediction, frozen);
        } else if self.tempo.as_ref().is_some_and(|tempo| tempo.model.card().id == *prediction.model) {
            self.tempo_predicted(&prediction, frozen);
        } else {
            self.more_predicted(&prediction, frozen);
        }
        self.instance.timeline.push(TimelineEntry { prediction, begin, end });
        self.publish();
    }

    fn tags_predicted(&mut self, prediction: &Prediction, frozen: bool) {
        let Some(tags) = &mut self.tags else { return };
        self.view.skipped += self.view.thinned.saturating_sub(1) as u64;
        tags.smoother.set_time_constant_s(self.instance.wishes().smoothing_s().into());
        let (latest, silent) = match &prediction.outcome {
            Outcome::Tags { values, .. } => {
                tags.smoother.push(values, prediction.end_s);
                (values.clone(), false)
            }
            _ => {
                tags.smoother.push_silence(prediction.end_s);
                (Vec::new(), true)
            }
        };
        if frozen {
            return;
        }
        let view = TagsView {
            model: Arc::clone(&prediction.model),
            labels: Arc::clone(&tags.labels),
            smoothed: tags.smoother.values().to_vec(),
            lit: tags.smoother.lit().to_vec(),
            latest,
            start_s: prediction.start_s,
            end_s: prediction.end_s,
            silent,
            rate_hz: tags.rate_hz,
        };
        self.osc.tags(self.instance.state(), &view);
        self.view.tags = Some(view);
        self.set_midi();
    }

    fn more_predicted(&mut self, prediction: &Prediction, frozen: bool) {
        let Some(more) = self.more.iter_mut().find(|more| more.card.id == *prediction.model) else { return };
        let view = more.take(prediction, self.instance.wishes().smoothing_s());
        if frozen {
            return;
        }
        self.osc.more(self.instance.state(), &view);
        match self.view.more.iter_mut().find(|shown| shown.card.id == view.card.id) {
            Some(shown) => *shown = view,
            None => {
                self.view.more.push(view);
                let place = |shown: &MoreView| self.more.iter().position(|more| more.card.id == shown.card.id);
                self.view.more.sort_by_key(place);
            }
        }
        self.set_midi();
    }

    /// What is followed, wherever it comes from.
    fn set_midi(&mut self) {
        let (mut values, mut lit) = (Vec::new(), Vec::new());
        if let Some(tags) = &self.tags {
            values.extend_from_slice(tags.smoother.values());
            lit.extend_from_slice(tags.smoother.lit());
        }
        for more in &self.more {
            values.extend_from_slice(more.shares());
            lit.extend_from_slice(more.lit());
        }
        self.view.midi.set_tags(&self.map, &values, &lit);
    }

    /// Makes map and thresholds anew when the choice has changed.
    fn follow(&mut self) {
        let state = self.instance.state();
        let revision = state.revision();
        if self.revision != Some(revision) {
            self.revision = Some(revision);
            let state = state.get();
            self.map = MidiMap::new(state.midi.as_deref(), &self.view.names);
            if let Some(tags) = &mut self.tags {
                tags.smoother.set_thresholds(tags.labels.iter().map(|label| state.thresholds.of(label)));
            }
            self.more.iter_mut().for_each(|more| more.follow(&state.thresholds));
        }
    }

    fn tempo_predicted(&mut self, prediction: &Prediction, frozen: bool) {
        let Some(tempo) = self.tempo.as_ref().filter(|_| !frozen) else { return };
        if tempo.model.card().id != *prediction.model {
            return;
        }
        let (bpm, confidence, alternatives) = match &prediction.outcome {
            Outcome::Tempo { local, probabilities } => {
                let patches = std::slice::from_ref(probabilities);
                let others = tempo::alternatives(patches, tempo.first_bpm, local.bpm);
                let others = others.into_iter().map(|other| (other.bpm, other.confidence)).collect();
                (Some(local.bpm), local.confidence, others)
            }
            _ => (None, 0.0, Vec::new()),
        };
        let view = TempoView {
            model: Arc::clone(&prediction.model),
            bpm,
            confidence,
            alternatives,
            start_s: prediction.start_s,
            end_s: prediction.end_s,
            rate_hz: tempo.rate_hz,
        };
        self.view.midi.set_tempo(bpm);
        self.osc.tempo(self.instance.state(), &view);
        self.view.tempo = Some(view);
    }

    fn broke(&mut self, kind: MarkKind, generation: u64) {
        self.view.generation = self.view.generation.max(generation);
        self.view.broke = Some(kind);
        if !matches!(kind, MarkKind::Gap { .. }) && !self.instance.wishes().frozen() {
            // Another place, another music. What a gap leaves is a little old, and says so by its age.
            if let Some(tags) = &mut self.tags {
                tags.smoother.reset();
            }
            self.more.iter_mut().for_each(More::reset);
            (self.view.tags, self.view.tempo) = (None, None);
            self.view.more.clear();
            self.view.midi = MidiFrame::default();
            if kind == MarkKind::Reset {
                self.view.status = Status::Listening;
            }
        }
        self.publish();
    }

    fn publish(&mut self) {
        self.view.published = Some(Instant::now());
        self.board.publish(&self.view);
        self.instance.repaint();
    }
}

impl Tags {
    fn new(model: &Arc<Model>, rate_hz: f64) -> Self {
        let labels: Arc<[String]> = model.card().labels.clone().into();
        Self { smoother: Smoother::new(labels.len(), Smoother::USUAL_S), labels, rate_hz, model: Arc::clone(model) }
    }
}
