//! Publisher of analysis events: latest results, timeline, OSC and report. Runs on the worker thread.

use std::sync::Arc;
use std::time::Instant;

use earmark_dsp::{FrontEnd, LatestReader, LatestWriter, MarkKind};
use earmark_models::{Card, Kind, Prediction, TempoEvent, TempoTracker, TempoUpdate};

mod model_state;

use self::model_state::{ModelState, names};
use crate::descriptors::LiveDescriptors;
use crate::instance::Instance;
use crate::latest_prediction::{LatestPrediction, ModelValue, TempoEstimate};
use crate::latest_results::{AnalysisStatus, LatestResults};
use crate::levels::LevelEntry;
use crate::outputs::{MidiFrame, MidiMap, OscSender};
use crate::report::ReportRecorder;
use crate::song_change::{SongChange, SongChangeDetector};
use crate::stream_analyzer::{AnalysisEvent, AnalyzerConfig, frames_per_second};
use crate::tempo_map::TempoMap;
use crate::timeline::TimelineEntry;
use crate::transport::TransportSnapshot;

/// Updates of the tempo per second without a tempo model.
const ONSETS_RATE_HZ: f64 = 4.3;

/// Publishes the events of a stream analyzer.
pub(crate) struct Publisher {
    instance: Arc<Instance>,
    latest: LatestWriter<LatestResults>,
    snapshot: LatestReader<TransportSnapshot>,
    /// Positions in the host's song since the last discontinuity.
    song: TempoMap,
    /// Source time in seconds since which the host loops; none if it does not.
    looped_since_s: Option<f64>,
    view: LatestResults,
    /// Selected tag model; none before it runs.
    tags: Option<ModelState>,
    /// Selected tempo model, if there is one.
    tempo: Option<ModelState>,
    /// Card of the tempo of the onsets alone; none before it is used.
    onsets: Option<Arc<Card>>,
    /// Added models, in the order in which they were selected.
    added: Vec<ModelState>,
    map: MidiMap,
    /// State revision of the map and of all thresholds; none after a change of models.
    revision: Option<u64>,
    songs: SongChangeDetector,
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
            looped_since_s: None,
            view,
            tags: None,
            tempo: None,
            onsets: None,
            added: Vec::new(),
            map: MidiMap::default(),
            revision: None,
            songs: SongChangeDetector::default(),
            osc,
            recorder,
        }
    }

    /// Publishes the next event of the analyzer.
    pub(crate) fn handle_event(&mut self, event: AnalysisEvent) {
        let snapshot = *self.snapshot.latest();
        if matches!(event, AnalysisEvent::TakeStarted { .. } | AnalysisEvent::Discontinuity { .. }) {
            // Positions before a discontinuity do not apply after it.
            self.song = TempoMap::default();
        }
        self.song.add(snapshot);
        self.looped_since_s = snapshot.looped.then(|| self.looped_since_s.unwrap_or(snapshot.source_s));
        match event {
            AnalysisEvent::TakeStarted { offline } => {
                self.recorder.begin(offline.then(|| self.instance.state().get()));
                self.view.status = AnalysisStatus::Listening;
            }
            AnalysisEvent::ConfigApplied { config, cards, restarted, generation, decimation, unavailable } => {
                if restarted {
                    self.clear_results(&cards, &config);
                }
                self.apply_config(&config, &cards, decimation);
                self.view.generation = generation;
                self.view.unavailable = unavailable;
                self.publish();
            }
            AnalysisEvent::Progress(progress) => {
                self.view.progress = progress;
                self.publish();
            }
            AnalysisEvent::Predicted(prediction) => self.predicted(prediction),
            AnalysisEvent::Tempo(event) => self.tempo_event(event),
            AnalysisEvent::Described(descriptors) => self.described(descriptors),
            AnalysisEvent::DescriptorsEnded { error } => {
                self.view.descriptors = None;
                self.view.unavailable.extend(error);
                self.publish();
            }
            AnalysisEvent::Paused(pause) => self.songs.pause(pause),
            AnalysisEvent::Leveled(entry) => self.leveled(entry),
            AnalysisEvent::LevelsEnded { error } => {
                self.view.levels = None;
                self.view.midi.end_levels();
                self.view.unavailable.extend(error);
                self.publish();
            }
            AnalysisEvent::Skipped(predictions) => self.view.skipped += predictions,
            AnalysisEvent::Discontinuity { kind, generation } => self.discontinuity(kind, generation),
            AnalysisEvent::Failed(error) => {
                self.view.status = AnalysisStatus::Failed(error);
                self.publish();
            }
            AnalysisEvent::ClassifierFailed(message) => {
                self.view.unavailable.push(message);
                self.publish();
            }
            AnalysisEvent::TakeEnded { samples } => {
                if let Some(outcome) = self.recorder.end(samples) {
                    self.instance.add_report(outcome);
                }
            }
        }
    }

    /// Clears the results of models that do not stay, and makes the models of `cards` those of the report. Tags and tempo
    /// of a model that was replaced are stale until the next ones.
    fn clear_results(&mut self, cards: &[Arc<Card>], config: &AnalyzerConfig) {
        self.revision = None;
        let is_tags = |card: &Card| card.id == config.selection.tags;
        let is_tempo = |card: &Card| card.kind.is_tempo() && config.selection.tempo == Some(&*card.id);
        let stays = |card: &Card| cards.iter().any(|new| **new == *card);
        self.tags.take_if(|tags| !(stays(&tags.card) && is_tags(&tags.card)));
        self.tempo.take_if(|tempo| !(stays(&tempo.card) && is_tempo(&tempo.card)));
        self.added.retain(|added| stays(&added.card) && !is_tags(&added.card) && !is_tempo(&added.card));
        // Added models are published in the order in which they were selected.
        let place = |added: &ModelState| cards.iter().position(|card| card.id == added.card.id);
        self.added.sort_by_key(place);
        let has = |id: &str| self.added.iter().any(|added| added.card.id == id);
        let before = std::mem::take(&mut self.view);
        let mut view = LatestResults {
            skipped: before.skipped,
            descriptors: before.descriptors,
            levels: before.levels,
            tags: before.tags,
            tempo: before
                .tempo
                .filter(|tempo| config.selection.tempo.is_some() || tempo.card.id == TempoTracker::ONSETS_ONLY),
            added_models: before.added_models,
            ..LatestResults::default()
        };
        view.added_models.retain(|latest| has(&latest.card.id));
        if let (Some(tags), None) = (&mut view.tags, &self.tags) {
            tags.stale = true;
        }
        if let (Some(tempo), None) = (&mut view.tempo, &self.tempo) {
            tempo.stale = true;
        }
        let bpm = view.current_bpm();
        view.midi.set_tempo(bpm);
        self.view = view;
        self.recorder.set_models(cards);
    }

    fn apply_config(&mut self, config: &AnalyzerConfig, cards: &[Arc<Card>], decimation: usize) {
        self.view.selection = Some(config.selection);
        self.view.status = AnalysisStatus::Listening;
        self.view.decimation = decimation;
        for card in cards {
            let hop_frames = (config.hop_frames(card) * decimation) as f64;
            let rate_hz = frames_per_second(card) / hop_frames;
            let id = card.id.as_str();
            let new = || ModelState::new(Arc::clone(card), rate_hz);
            let state = if id == config.selection.tags {
                self.tags.get_or_insert_with(new)
            } else if config.selection.tempo == Some(id) && card.kind.is_tempo() {
                self.tempo.get_or_insert_with(new)
            } else {
                let index = self.added.iter().position(|added| added.card.id == id).unwrap_or(self.added.len());
                if index == self.added.len() {
                    self.added.push(new());
                }
                &mut self.added[index]
            };
            state.rate_hz = rate_hz;
        }
        self.view.names = names(self.tags.iter().chain(&self.added));
    }

    fn predicted(&mut self, mut prediction: Prediction) {
        let [begin, end] = [prediction.start_s, prediction.end_s].map(|at_s| self.song.at(at_s));
        self.recorder.push(&prediction, begin);
        let song = self.detect_song(&prediction);
        let was_silent = self.view.is_silent();
        prediction.outcome.drop_embedding();
        let frozen = self.instance.settings().frozen();
        self.view.generation = self.view.generation.max(prediction.generation);
        self.view.status = AnalysisStatus::Listening;
        self.view.discontinuity = None;
        self.view.progress.retain(|progress| progress.model != prediction.model);
        self.sync_settings();
        self.publish_prediction(&prediction, frozen);
        let looped = self.looped_since_s.is_some_and(|since_s| prediction.end_s > since_s);
        self.instance.timeline.push(TimelineEntry { prediction, begin, end, looped });
        if let Some(song) = song {
            self.song_changed(song);
        }
        // A window that shows silence need not be drawn again for more of it.
        self.publish_with_repaint(!(was_silent && self.view.is_silent()));
    }

    /// Returns the begin of another piece that a prediction of the tag model completes, unless the saved state turns this off.
    fn detect_song(&mut self, prediction: &Prediction) -> Option<SongChange> {
        let is_tags = self.tags.as_ref().is_some_and(|tags| tags.card.id == *prediction.model);
        if !is_tags || self.instance.state().get().one_song {
            return None;
        }
        self.songs.push(prediction)
    }

    /// Publishes the begin of another piece. What is collected over a piece starts again at its readers: the average of the
    /// panel does so when it reads [`Instance::songs`]. The tempo does not: its tracker follows another tempo within seconds,
    /// long before a change of the piece is detected.
    fn song_changed(&mut self, song: SongChange) {
        self.view.song = Some(song);
        self.osc.song(self.instance.state(), &song);
        self.instance.songs.push(song);
    }

    fn described(&mut self, descriptors: Arc<LiveDescriptors>) {
        if !self.instance.settings().frozen() {
            self.osc.descriptors(self.instance.state(), &descriptors);
            self.view.descriptors = Some(Arc::clone(&descriptors));
        }
        self.instance.descriptors.push(descriptors);
        self.publish();
    }

    /// Publishes levels or an onset. The window is not repainted: it would be so 50 times per second.
    fn leveled(&mut self, entry: LevelEntry) {
        if !self.instance.settings().frozen() {
            self.osc.levels(self.instance.state(), &entry);
            if self.instance.state().get().levels {
                self.view.midi.add_levels(&entry);
            } else {
                self.view.midi.end_levels();
            }
            if let LevelEntry::Levels(levels) = entry {
                self.view.levels = Some(levels);
            }
        }
        self.instance.levels.push(entry);
        self.latest.publish(&self.view);
        self.instance.unpainted_results_ready();
    }

    /// Adds a prediction to the state of its model, and publishes the result unless results are frozen.
    fn publish_prediction(&mut self, prediction: &Prediction, frozen: bool) {
        let settings = self.instance.settings();
        let is_of = |model: &&mut ModelState| model.card.id == *prediction.model;
        if let Some(tags) = self.tags.as_mut().filter(is_of) {
            self.view.skipped += self.view.decimation.saturating_sub(1) as u64;
            let reading = tags.push(prediction, settings.smoothing_s());
            self.publish_tags(reading, frozen);
        } else if let Some(tempo) = self.tempo.as_mut().filter(is_of) {
            // The live tempo of the same model is published as its own event.
            tempo.push(prediction, settings.smoothing_s());
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

    /// Sets the mapped tags of the MIDI frame from the values of all models.
    fn set_midi(&mut self) {
        let (mut values, mut active) = (Vec::new(), Vec::new());
        for model in self.tags.iter().chain(&self.added) {
            values.extend_from_slice(model.shares());
            active.extend_from_slice(model.active());
        }
        self.view.midi.set_tags(&self.map, &values, &active);
    }

    /// Updates MIDI map and thresholds if the saved state or the models have changed.
    fn sync_settings(&mut self) {
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

    /// Publishes the live tempo or a beat, unless results are frozen.
    fn tempo_event(&mut self, event: TempoEvent) {
        if !self.instance.settings().frozen() {
            match &event {
                TempoEvent::Beat(beat) => self.osc.beat(self.instance.state(), beat),
                TempoEvent::Tempo(update) => self.publish_tempo(update),
            }
        }
        let is_beat = matches!(event, TempoEvent::Beat(_));
        self.instance.tempo.push(event);
        // Beats go on in a break, and each lights up.
        self.publish_with_repaint(is_beat || !self.view.is_silent());
    }

    fn publish_tempo(&mut self, update: &TempoUpdate) {
        let Some((card, rate_hz)) = self.tempo_card() else { return };
        let value = TempoEstimate::from(update);
        let outgoing = value.outgoing_bpm(self.instance.state().get().tempo.min_confidence);
        let (start_s, end_s, silent) = (update.start_s, update.end_s, update.silent);
        let reading = LatestPrediction { card, start_s, end_s, silent, stale: false, rate_hz, value };
        self.osc.live_tempo(self.instance.state(), &reading, outgoing);
        self.view.midi.set_tempo(outgoing);
        self.instance.state().set_outgoing_bpm(update.bpm);
        // A tempo from before a jump stays until there is one again.
        let has_stale = self.view.tempo.as_ref().is_some_and(|tempo| tempo.stale);
        if reading.value.bpm.is_some() || !has_stale {
            self.view.tempo = Some(reading);
        }
    }

    /// Returns the card of the live tempo, and its predictions per second. Without a tempo model it is one of the onsets.
    fn tempo_card(&mut self) -> Option<(Arc<Card>, f64)> {
        if let Some(tempo) = &self.tempo {
            return Some((Arc::clone(&tempo.card), tempo.rate_hz));
        }
        if self.onsets.is_none() {
            let card = Card::builder(TempoTracker::ONSETS_ONLY, Kind::Tempo { first_bpm: 30 }, FrontEnd::TempoCnn);
            self.onsets = card.name("Onsets").patch_frames(256).classes(256).build().ok().map(Arc::new);
        }
        self.onsets.clone().map(|card| (card, ONSETS_RATE_HZ))
    }

    fn publish_added(&mut self, reading: LatestPrediction<ModelValue>, frozen: bool) {
        if frozen {
            return;
        }
        self.osc.added(self.instance.state(), &reading);
        match self.view.added_models.iter_mut().find(|latest| latest.card.id == reading.card.id) {
            Some(latest) => *latest = reading,
            None => {
                self.view.added_models.push(reading);
                let index = |id: &str| self.added.iter().position(|added| added.card.id == id);
                self.view.added_models.sort_by_key(|latest| index(&latest.card.id));
            }
        }
        self.set_midi();
    }

    fn discontinuity(&mut self, kind: MarkKind, generation: u64) {
        self.view.generation = self.view.generation.max(generation);
        self.view.discontinuity = Some(kind);
        if !self.instance.settings().frozen() {
            (self.view.descriptors, self.view.levels) = (None, None);
        }
        if !matches!(kind, MarkKind::Gap { .. }) && !self.instance.settings().frozen() {
            // Results before a seek or reset belong to other audio: they stay until the next ones, but nothing is sent.
            // Results before a gap stay and show their age.
            self.tags.iter_mut().chain(&mut self.added).for_each(ModelState::reset);
            self.view.mark_stale();
            self.view.song = None;
            self.view.midi = MidiFrame::default();
            if kind == MarkKind::Reset {
                self.view.status = AnalysisStatus::Listening;
            }
        }
        self.publish();
    }

    fn publish(&mut self) {
        self.publish_with_repaint(true);
    }

    /// Publishes the results, and requests a repaint if they change what the window shows.
    fn publish_with_repaint(&mut self, changes_window: bool) {
        self.view.published = Some(Instant::now());
        self.latest.publish(&self.view);
        if changes_window { self.instance.repaint() } else { self.instance.unpainted_results_ready() }
    }
}
