//! Publishes analysis events to the latest-value channel, the timeline, OSC and the report. Runs on the worker thread.

use std::sync::Arc;
use std::time::Instant;

use earmark_dsp::{LatestReader, LatestWriter, MarkKind};
use earmark_models::{Model, Prediction};

mod model_state;

use self::model_state::{ModelState, names};
use crate::instance::Instance;
use crate::latest_prediction::{LatestPrediction, ModelValue};
use crate::latest_results::{AnalysisStatus, LatestResults};
use crate::outputs::{MidiFrame, MidiMap, OscSender};
use crate::report::ReportRecorder;
use crate::settings_source::ModelSelection;
use crate::stream_analyzer::{AnalysisEvent, AnalyzerConfig, frames_per_second};
use crate::tempo_map::TempoMap;
use crate::timeline::TimelineEntry;
use crate::transport::TransportSnapshot;

/// Publishes the events of a stream analyzer.
pub(crate) struct Publisher {
    instance: Arc<Instance>,
    latest: LatestWriter<LatestResults>,
    snapshot: LatestReader<TransportSnapshot>,
    /// Since the last break.
    song: TempoMap,
    view: LatestResults,
    /// The chosen tag model, once it runs.
    tags: Option<ModelState>,
    /// The chosen tempo model, if there is one.
    tempo: Option<ModelState>,
    /// Added models, in the order in which they were chosen.
    added: Vec<ModelState>,
    map: MidiMap,
    /// State revision of the map and of all thresholds; none when the models are others.
    revision: Option<u64>,
    osc: OscSender,
    recorder: ReportRecorder,
}

impl Publisher {
    pub(crate) fn new(
        instance: Arc<Instance>,
        latest: LatestWriter<LatestResults>,
        snapshot: LatestReader<TransportSnapshot>,
        recorder: ReportRecorder,
    ) -> Self {
        let osc = OscSender::default();
        let (song, view) = (TempoMap::default(), LatestResults::default());
        Self {
            instance,
            latest,
            snapshot,
            song,
            view,
            tags: None,
            tempo: None,
            added: Vec::new(),
            map: MidiMap::default(),
            revision: None,
            osc,
            recorder,
        }
    }

    /// Handles the next event.
    pub(crate) fn take(&mut self, event: AnalysisEvent) {
        let snapshot = *self.snapshot.latest();
        if matches!(event, AnalysisEvent::TakeBegan { .. } | AnalysisEvent::Broke { .. }) {
            // Another place in the song: what was said of the one before does not hold there.
            self.song = TempoMap::default();
        }
        self.song.add(snapshot);
        match event {
            AnalysisEvent::TakeBegan { offline } => {
                self.recorder.begin(offline.then(|| self.instance.state().get()));
                self.view.status = AnalysisStatus::Listening;
            }
            AnalysisEvent::Set { config, models, anew, generation, thinned, missing } => {
                if anew {
                    self.forget(&models);
                }
                self.set(&config, &models, thinned);
                self.view.generation = generation;
                self.view.missing = missing;
                self.publish();
            }
            AnalysisEvent::Progress(progress) => {
                self.view.progress = progress;
                self.publish();
            }
            AnalysisEvent::Predicted(prediction) => self.predicted(prediction),
            AnalysisEvent::Skipped(predictions) => self.view.skipped += predictions,
            AnalysisEvent::Broke { kind, generation } => self.broke(kind, generation),
            AnalysisEvent::Failed(words) => {
                self.view.status = AnalysisStatus::Failed(words);
                self.publish();
            }
            AnalysisEvent::TakeEnded { samples } => {
                if let Some(outcome) = self.recorder.end(samples) {
                    self.instance.add_written(outcome);
                }
            }
        }
    }

    /// What other models said is over.
    fn forget(&mut self, models: &[Arc<Model>]) {
        (self.tags, self.tempo, self.revision) = (None, None, None);
        self.added.clear();
        self.view = LatestResults { skipped: self.view.skipped, ..LatestResults::default() };
        self.recorder.listen(models);
    }

    fn set(&mut self, config: &AnalyzerConfig, models: &[Arc<Model>], thinned: usize) {
        self.view.selection = Some(config.selection);
        self.view.status = AnalysisStatus::Listening;
        self.view.thinned = thinned;
        for model in models {
            let hop_frames = (config.hop_frames(model.card()) * thinned) as f64;
            let rate_hz = frames_per_second(model.card()) / hop_frames;
            let id = model.card().id.as_str();
            let state = if id == config.selection.tags {
                self.tags.as_mut()
            } else if config.selection.tempo == Some(id) && model.card().kind.is_tempo() {
                self.tempo.as_mut()
            } else {
                self.added.iter_mut().find(|added| added.card.id == id)
            };
            match state {
                Some(state) => state.rate_hz = rate_hz,
                None => self.add(ModelState::new(model.card(), rate_hz), config.selection),
            }
        }
        self.view.names = names(self.tags.iter().chain(&self.added));
    }

    fn add(&mut self, state: ModelState, selection: ModelSelection) {
        if state.card.id == selection.tags {
            self.tags = Some(state);
        } else if selection.tempo == Some(&*state.card.id) && state.card.kind.is_tempo() {
            self.tempo = Some(state);
        } else {
            self.added.push(state);
        }
    }

    fn predicted(&mut self, mut prediction: Prediction) {
        let [begin, end] = [prediction.start_s, prediction.end_s].map(|at_s| self.song.at(at_s));
        self.recorder.take(&prediction, begin);
        prediction.outcome.drop_embedding();
        let frozen = self.instance.settings().frozen();
        self.view.generation = self.view.generation.max(prediction.generation);
        self.view.status = AnalysisStatus::Listening;
        self.view.broke = None;
        self.view.progress.retain(|progress| progress.model != prediction.model);
        self.follow();
        self.read(&prediction, frozen);
        self.instance.timeline.push(TimelineEntry { prediction, begin, end });
        self.publish();
    }

    /// Makes the reading of a prediction, and shows and sends it unless results are frozen.
    fn read(&mut self, prediction: &Prediction, frozen: bool) {
        let settings = self.instance.settings();
        let is_of = |model: &&mut ModelState| model.card.id == *prediction.model;
        if let Some(tags) = self.tags.as_mut().filter(is_of) {
            self.view.skipped += self.view.thinned.saturating_sub(1) as u64;
            let reading = tags.push(prediction, settings.smoothing_s());
            self.publish_tags(reading, frozen);
        } else if let Some(tempo) = self.tempo.as_mut().filter(is_of) {
            let reading = tempo.push(prediction, settings.smoothing_s());
            self.publish_tempo(reading, frozen);
        } else if let Some(added) = self.added.iter_mut().find(is_of) {
            let reading = added.push(prediction, settings.smoothing_s());
            self.publish_added(reading, frozen);
        }
    }

    fn publish_tags(&mut self, reading: LatestPrediction<ModelValue>, frozen: bool) {
        let Some(reading) = reading.try_map(ModelValue::labels).filter(|_| !frozen) else { return };
        self.osc.tags(self.instance.state(), &reading);
        self.view.tags = Some(reading);
        self.set_midi();
    }

    /// What is followed, wherever it comes from.
    fn set_midi(&mut self) {
        let (mut values, mut active) = (Vec::new(), Vec::new());
        for model in self.tags.iter().chain(&self.added) {
            values.extend_from_slice(model.shares());
            active.extend_from_slice(model.active());
        }
        self.view.midi.set_tags(&self.map, &values, &active);
    }

    /// Makes map and thresholds anew when the choice has changed.
    fn follow(&mut self) {
        let state = self.instance.state();
        let revision = state.revision();
        if self.revision != Some(revision) {
            self.revision = Some(revision);
            let state = state.get();
            self.map = MidiMap::new(state.midi.as_deref(), &self.view.names);
            let models = self.tags.iter_mut().chain(&mut self.added);
            models.for_each(|model| model.set_thresholds(&state.thresholds));
        }
    }

    fn publish_tempo(&mut self, reading: LatestPrediction<ModelValue>, frozen: bool) {
        let Some(reading) = reading.try_map(ModelValue::tempo).filter(|_| !frozen) else { return };
        self.view.midi.set_tempo(reading.value.bpm);
        self.osc.tempo(self.instance.state(), &reading);
        self.view.tempo = Some(reading);
    }

    fn publish_added(&mut self, reading: LatestPrediction<ModelValue>, frozen: bool) {
        if frozen {
            return;
        }
        self.osc.added(self.instance.state(), &reading);
        match self.view.more.iter_mut().find(|shown| shown.card.id == reading.card.id) {
            Some(shown) => *shown = reading,
            None => {
                self.view.more.push(reading);
                let place = |id: &str| self.added.iter().position(|added| added.card.id == id);
                self.view.more.sort_by_key(|shown| place(&shown.card.id));
            }
        }
        self.set_midi();
    }

    fn broke(&mut self, kind: MarkKind, generation: u64) {
        self.view.generation = self.view.generation.max(generation);
        self.view.broke = Some(kind);
        if !matches!(kind, MarkKind::Gap { .. }) && !self.instance.settings().frozen() {
            // Another place, another music. What a gap leaves is a little old, and says so by its age.
            self.tags.iter_mut().chain(&mut self.added).for_each(ModelState::reset);
            (self.view.tags, self.view.tempo) = (None, None);
            self.view.more.clear();
            self.view.midi = MidiFrame::default();
            if kind == MarkKind::Reset {
                self.view.status = AnalysisStatus::Listening;
            }
        }
        self.publish();
    }

    fn publish(&mut self) {
        self.view.published = Some(Instant::now());
        self.latest.publish(&self.view);
        self.instance.repaint();
    }
}
