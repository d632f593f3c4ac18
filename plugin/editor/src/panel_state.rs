//! Conversion of an instance's state to the data that the panel shows.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_dsp::{Level, StreamState, TapCounters};
use earmark_models::{Card, Gate, Kind, Progress, Registry, TempoStatus, TempoTracker, note_name};
use earmark_panel::{
    AlternativeTempo, Counters, EngineHealth, FeatureView, InputLevel, MappedTag, Message, ModelInfo, ModelKind,
    ModelValues, PanelState, Presentation, Status, TagReading, TagValues, TempoState, TempoValue, UpdateRate, WarmUp,
};
use earmark_session::outputs::MidiMap;
use earmark_session::state::MidiMapping;
use earmark_session::{
    self as session, FeatureFrames, FeatureMonitor, Instance, InstanceSnapshot, LabelValues, LatestPrediction,
    LatestResults, ModelValue,
};

use crate::derived_moods;
use crate::recent_counters::RecentCounters;

/// Id of the warning about a loaded state.
pub(crate) const STATE_WARNING_ID: u64 = 0;

/// Time without audio after which the host counts as idle.
const IDLE_TIMEOUT: Duration = Duration::from_millis(500);
/// Age of a prediction in seconds, in addition to two hops, above which it counts as stale. Covers resampler, block and
/// inference.
const STALE_MARGIN_S: f64 = 0.25;

/// Minimum range of the displayed features, in logarithmic units. A smaller range is noise.
const MIN_RANGE: f32 = 2.0;

/// Builder of the panel's state from an instance, with the data that persist between frames.
#[derive(Default)]
pub(crate) struct PanelStateBuilder {
    models: Option<Arc<[ModelInfo]>>,
    note_names: Option<Arc<[Arc<str>]>>,
    counters: RecentCounters,
    learning: Option<Arc<str>>,
    /// MIDI mappings of the tags of all models, as the base of changes.
    mappings: Vec<MidiMapping>,
    labels: Arc<[Arc<str>]>,
    labels_of: Option<Arc<str>>,
    /// Number of pushed samples at the last build, and whether it had changed.
    pushed: u64,
    receives_audio: bool,
    /// Number of pushed samples, with the time of its last change.
    last_audio: Option<(u64, Instant)>,
    /// Cache of the feature monitor.
    frames: Option<(u64, FeatureFrames)>,
    /// Ids of dismissed messages.
    dismissed: Vec<u64>,
}

impl PanelStateBuilder {
    /// Builds the state to show now. `messages` come after those of the instance.
    pub(crate) fn build(&mut self, instance: &Instance, messages: &[Message]) -> PanelState {
        let models = Arc::clone(self.models.get_or_insert_with(|| cards(instance.registry())));
        let snapshot = instance.snapshot();
        let messages = self.messages(instance, snapshot.as_ref(), messages);
        let note_names = Arc::clone(self.note_names.get_or_insert_with(note_names));
        let mut state = PanelState { models, messages, note_names, ..PanelState::default() };
        state.rate.requested_hz = instance.settings().rate_hz();
        state.learning = self.learning.clone();
        if let Some(error) = instance.error() {
            let hint = "Turn Earmark off and on again. If that does not help, restart the DAW or the app.".to_owned();
            state.status = Status::Error { message: error, hint };
        }
        // Mappings of other models' tags stay when a tag of this model is mapped.
        let chosen = instance.state().get().midi.clone();
        self.mappings = chosen.clone().unwrap_or_default();
        let pushed = snapshot.as_ref().map_or(0, |snapshot| snapshot.counters.pushed);
        self.receives_audio = std::mem::replace(&mut self.pushed, pushed) != pushed;
        let Some(mut snapshot) = snapshot else { return state };
        if !matches!(state.status, Status::Error { .. }) {
            state.status = self.status(&snapshot);
        }
        let is_current = snapshot.view.is_current(instance.settings());
        if !is_current {
            // Results of models that are no longer selected stay until the first of the selected ones.
            snapshot.view.mark_stale();
        }
        let view = &snapshot.view;
        state.tags = view.tags.as_ref().map(|tags| self.tags(tags, snapshot.source_s));
        state.tempo = view.tempo.as_ref().and_then(|tempo| {
            // Silence has no tempo to show.
            let bpm = tempo.value.bpm?;
            Some(shown(tempo, snapshot.source_s, self::tempo(bpm, &tempo.value)))
        });
        let values = |added| model_values(added, instance.registry());
        state.readings = view.added_models.iter().map(|added| shown(added, snapshot.source_s, values(added))).collect();
        derived_moods::leave_out_replaced(&mut state.readings);
        if is_current {
            // The live tempo speaks before the patch is complete.
            state.tempo_warm_up = warm_up(view, ModelKind::Tempo)
                .map(|warm_up| WarmUp { required_s: TempoTracker::FIRST_ANSWER_S, ..warm_up });
            state.rate = rate(state.rate.requested_hz, view);
        }
        let labels = &*view.names;
        let mappings = MidiMap::new(chosen.as_deref(), labels).describe(labels);
        if chosen.is_none() {
            self.mappings.clone_from(&mappings);
        }
        let mappings = mappings.iter();
        state.mapped_tags =
            mappings.map(|m| MappedTag { tag: m.tag.as_str().into(), cc: m.cc, note: m.note }).collect();
        state.host_bpm = snapshot.transport.host.tempo_bpm;
        state.input = input(snapshot.level);
        state.gate_open = state.input.rms_dbfs >= Gate::default().floor_dbfs;
        state.counters = self.counters(&snapshot);
        let (waiting_s, ring_s) = (snapshot.waiting_s as f32, snapshot.ring_s as f32);
        state.health = EngineHealth { load: snapshot.load, waiting_s, ring_s };
        state
    }

    /// Whether audio arrived between the last two builds.
    pub(crate) fn receives_audio(&self) -> bool {
        self.receives_audio
    }

    /// Returns the latest feature frames of the tag model; none before the first.
    pub(crate) fn features(&mut self, instance: &Instance) -> Option<FeatureView> {
        let FeatureFrames { front_end, values } = instance.features().read(&mut self.frames)?;
        let (bands, rate_hz, hop) =
            (FeatureFrames::bands(front_end), front_end.rate().hz(), FeatureFrames::hop(front_end));
        let frame_s = (hop as f64 / rate_hz) as f32;
        let name =
            format!("{bands} bands of {}, at {rate_hz} Hz, a frame every {:.0} ms", front_end.name(), frame_s * 1e3);
        let (window_s, min_range) = (FeatureMonitor::WINDOW_S as f32, MIN_RANGE);
        Some(FeatureView { name: name.into(), bands, values, frame_s, window_s, min_range })
    }

    /// Rescans the models folder.
    pub(crate) fn refresh_models(&mut self, registry: &Registry) {
        registry.refresh();
        self.models = None;
    }

    /// Resets the displayed counters to 0.
    pub(crate) fn reset_counters(&mut self) {
        self.counters.reset();
    }

    /// Starts MIDI learn for a tag, on its controller or else the first free one. Returns the mappings.
    pub(crate) fn learn(&mut self, tag: &Arc<str>) -> Vec<MidiMapping> {
        self.learning = Some(Arc::clone(tag));
        if !self.mappings.iter().any(|mapping| *mapping.tag == **tag && mapping.cc.is_some()) {
            let taken = |cc: u8| self.mappings.iter().any(|mapping| mapping.cc == Some(cc));
            let cc = MidiMap::CONTROLLERS.chain(0..128).find(|&cc| !taken(cc) && !MidiMap::is_tempo(cc));
            self.change_mapping(tag, |mapping| mapping.cc = cc);
        }
        self.mappings.clone()
    }

    /// Maps a tag to a controller and a note. Returns the mappings.
    pub(crate) fn map(&mut self, tag: &MappedTag) -> Vec<MidiMapping> {
        self.change_mapping(&tag.tag, |mapping| (mapping.cc, mapping.note) = (tag.cc, tag.note));
        self.mappings.clone()
    }

    /// Changes the mapping of a tag, and removes it if it has neither a controller nor a note then.
    fn change_mapping(&mut self, tag: &str, change: impl FnOnce(&mut MidiMapping)) {
        let index = self.mappings.iter().position(|mapping| mapping.tag == tag).unwrap_or_else(|| {
            self.mappings.push(MidiMapping { tag: tag.to_owned(), cc: None, note: None });
            self.mappings.len() - 1
        });
        change(&mut self.mappings[index]);
        self.mappings.retain(|mapping| mapping.cc.is_some() || mapping.note.is_some());
    }

    pub(crate) fn cancel_learning(&mut self) {
        self.learning = None;
    }

    /// Removes the controller of a tag. Returns the mappings.
    pub(crate) fn clear_cc(&mut self, tag: &str) -> Vec<MidiMapping> {
        self.change_mapping(tag, |mapping| mapping.cc = None);
        self.mappings.clone()
    }

    pub(crate) fn dismiss(&mut self, id: u64) {
        self.dismissed.push(id);
    }

    fn status(&mut self, snapshot: &InstanceSnapshot) -> Status {
        let view = &snapshot.view;
        if let StreamState::Failed(error) = &snapshot.stream.state {
            let message = format!("The analysis stopped: {error}");
            return Status::Error { message, hint: "Try again. Other instances are not affected.".into() };
        }
        if let session::AnalysisStatus::Failed(error) = &view.status {
            let hint = "Choose another model, or try again.".into();
            return Status::Error { message: error.clone(), hint };
        }
        let unchanged = self.last_audio.filter(|&(pushed, _)| pushed == snapshot.counters.pushed);
        let (_, at) = *self.last_audio.insert(unchanged.unwrap_or_else(|| (snapshot.counters.pushed, Instant::now())));
        if snapshot.counters.pushed == 0 || at.elapsed() > IDLE_TIMEOUT {
            return Status::Idle;
        }
        match &view.tags {
            _ if view.selection.is_none() => Status::Idle,
            None => warm_up(view, ModelKind::Tags).map_or(Status::Listening, Status::WarmingUp),
            Some(tags) => {
                let age_s = snapshot.source_s - tags.end_s;
                // After a discontinuity the age of the last prediction has no meaning, and the models warm up.
                match warm_up(view, ModelKind::Tags).filter(|_| tags.stale || view.discontinuity.is_some()) {
                    Some(warm_up) => Status::WarmingUp(warm_up),
                    None if tags.stale => Status::WarmingUp(WarmUp::default()),
                    None if age_s > 2.0 / tags.rate_hz.max(0.01) + STALE_MARGIN_S => Status::Stale { age_s },
                    None if tags.silent => Status::Silence,
                    None => Status::Listening,
                }
            }
        }
    }

    fn tags(&mut self, tags: &LatestPrediction<LabelValues>, now_s: f64) -> TagReading {
        if self.labels_of.as_deref() != Some(&*tags.card.id) {
            self.labels = labels(&tags.card);
            self.labels_of = Some(tags.card.id.as_str().into());
        }
        let LabelValues { smoothed, active, .. } = &tags.value;
        let labels = Arc::clone(&self.labels);
        let value = TagValues { labels, smooth: smoothed.clone(), active: active.clone() };
        shown(tags, now_s, value)
    }

    fn counters(&mut self, snapshot: &InstanceSnapshot) -> Counters {
        let TapCounters { dropped, gaps, sanitized, .. } = snapshot.counters;
        let counters = Counters {
            dropped_samples: dropped,
            gaps,
            skipped_updates: snapshot.view.skipped,
            sanitized_samples: sanitized,
        };
        self.counters.update(counters, Instant::now())
    }

    fn messages(&self, instance: &Instance, snapshot: Option<&InstanceSnapshot>, others: &[Message]) -> Vec<Message> {
        let warning = instance.state().warning();
        let warning = warning.map(|text| Message { id: STATE_WARNING_ID, text, warning: true });
        let reports = instance.recent_reports().into_iter().map(|(number, outcome)| {
            let id = STATE_WARNING_ID + 1 + number;
            match outcome {
                Ok(path) => Message { id, text: format!("Report saved: {}", path.display()), warning: false },
                Err(text) => Message { id, text, warning: true },
            }
        });
        let reports = reports.filter(|message| !self.dismissed.contains(&message.id));
        let unavailable = snapshot.into_iter().flat_map(|snapshot| &snapshot.view.unavailable);
        let unavailable = unavailable.map(|text| Message { id: hashed_id(text), text: text.clone(), warning: true });
        let unavailable = unavailable.filter(|message| !self.dismissed.contains(&message.id));
        warning.into_iter().chain(unavailable).chain(reports).chain(others.iter().cloned()).collect()
    }
}

/// Returns an id from the hash of a message that is built again in each frame. Hashed ids are above all counted ones.
fn hashed_id(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish() | 1 << 63
}

fn warm_up(view: &LatestResults, kind: ModelKind) -> Option<WarmUp> {
    let is = |progress: &&Progress| {
        let Some(selection) = view.selection else { return false };
        match kind {
            ModelKind::Tags => *progress.model == *selection.tags,
            ModelKind::Tempo => selection.tempo == Some(&*progress.model),
            ModelKind::Added => *progress.model != *selection.tags && selection.tempo != Some(&*progress.model),
        }
    };
    let Progress { buffered_s, required_s, .. } = view.progress.iter().find(is)?;
    Some(WarmUp { buffered_s: *buffered_s, required_s: *required_s })
}

/// Returns a reading for the panel with `value`, at source time `now_s` (seconds).
fn shown<T, U>(reading: &LatestPrediction<T>, now_s: f64, value: U) -> earmark_panel::Reading<U> {
    earmark_panel::Reading {
        model: reading.card.id.as_str().into(),
        start_s: reading.start_s,
        end_s: reading.end_s,
        age_s: (now_s - reading.end_s).max(0.0),
        silent: reading.silent,
        stale: reading.stale,
        value,
    }
}

fn labels(card: &Card) -> Arc<[Arc<str>]> {
    card.labels.iter().map(|label| label.as_str().into()).collect()
}

fn tempo(bpm: f32, tempo: &session::TempoEstimate) -> TempoValue {
    let alternatives = tempo.alternatives.iter();
    let alternatives = alternatives.map(|&(bpm, confidence)| AlternativeTempo { bpm, confidence }).collect();
    let state = match tempo.status {
        TempoStatus::Listening | TempoStatus::Likely | TempoStatus::Lost => TempoState::Likely,
        TempoStatus::Locked => TempoState::Locked,
        TempoStatus::Holding => TempoState::Holding,
    };
    TempoValue { bpm, confidence: tempo.confidence, alternatives, state }
}

fn model_values(
    LatestPrediction { card, value, .. }: &LatestPrediction<ModelValue>,
    registry: &'static Registry,
) -> ModelValues {
    // Silence has neither a tempo nor a pitch.
    let pair = |first: Option<f32>, confidence: f32| first.map_or_else(Vec::new, |first| vec![first, confidence]);
    let (values, active) = match value {
        ModelValue::Labels(labels) => (labels.smoothed.clone(), labels.active.clone()),
        ModelValue::Tempo(tempo) => (pair(tempo.bpm, tempo.confidence), Vec::new()),
        ModelValue::Pitch(pitch) => (pair(pitch.hz, pitch.confidence), Vec::new()),
    };
    let (name, presentation) = (displayed_name(card), presentation(card));
    let tagger = card.derived_from.as_deref().and_then(|tagger| registry.card(tagger));
    let derived_from = tagger.map(|tagger| tagger.name.as_str().into());
    ModelValues { name, presentation, labels: labels(card), values, active, derived_from }
}

/// Returns the name of a model for display. A classifier of descriptors, which was trained on whole tracks, is marked: live
/// it gets the descriptors of a window.
fn displayed_name(card: &Card) -> Arc<str> {
    if card.takes_descriptors { format!("{} (window)", card.name).into() } else { card.name.as_str().into() }
}

/// Returns the widget that shows the results of a model.
fn presentation(card: &Card) -> Presentation {
    let index = |name: &str| card.labels.iter().position(|label| label == name);
    match card.kind {
        Kind::Classes if card.labels.len() == 2 => Presentation::Dial { class: card.positive_class.unwrap_or(0) },
        Kind::Tags | Kind::Classes | Kind::Embedding => Presentation::Bars,
        Kind::Events => Presentation::Events,
        Kind::Values { low, high } => match index("valence").zip(index("arousal")) {
            Some((across, up)) => Presentation::XyPlot { across, up, low, high },
            None => Presentation::ValueBars { low, high },
        },
        Kind::Pitch => Presentation::Pitch,
        Kind::Tempo { .. } => Presentation::Tempo,
    }
}

fn rate(requested_hz: f32, view: &LatestResults) -> UpdateRate {
    let actual_hz = view.tags.as_ref().map_or(0.0, |tags| tags.rate_hz as f32);
    let reason = (view.decimation > 1).then(|| format!("computer too slow, rate divided by {}", view.decimation));
    UpdateRate { requested_hz, actual_hz, reason }
}

fn input(Level { rms, peak }: Level) -> InputLevel {
    let dbfs = |value: f32| 20.0 * value.log10();
    InputLevel { rms_dbfs: dbfs(rms), peak_dbfs: dbfs(peak) }
}

/// Returns the names of the MIDI notes 0 to 127.
fn note_names() -> Arc<[Arc<str>]> {
    (0..128).map(|note| note_name(note).into()).collect()
}

fn cards(registry: &'static Registry) -> Arc<[ModelInfo]> {
    let cards = registry.cards();
    // Models that only give embeddings have nothing to show.
    let cards = cards.into_iter().filter(|card| card.kind != Kind::Embedding);
    cards
        .map(|card| ModelInfo {
            id: card.id.as_str().into(),
            name: card.name.clone(),
            kind: match card.kind {
                _ if !registry.is_builtin(&card.id) => ModelKind::Added,
                Kind::Tempo { .. } => ModelKind::Tempo,
                _ => ModelKind::Tags,
            },
            classes: card.classes,
            labels: labels(card),
            rate_hz: Some(card.front_end.rate().hz()).filter(|_| !card.takes_descriptors),
            context_s: card.context_s(),
            licence: card.licence.clone(),
            source: card.source.clone(),
            description: card.description.clone(),
            assumed: card.assumed.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_session::SharedSettings;

    #[test]
    fn state_before_any_audio_has_only_the_models() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        let mut builder = PanelStateBuilder::default();
        let state = builder.build(&instance, &[]);
        assert_eq!(state.status, Status::Idle);
        assert_eq!((state.tags, state.tempo, state.messages), (None, None, Vec::new()));
        assert_eq!(state.models.len(), Registry::global().cards().len());
        assert_eq!((state.note_names.len(), &*state.note_names[60]), (128, "C4"));
        instance.set_error(Some("sample rate: expected 1000 to 768000 Hz, got 0".into()));
        assert!(
            matches!(builder.build(&instance, &[]).status, Status::Error { message, .. } if message.contains("got 0"))
        );
    }

    #[test]
    fn mappings_of_other_models_are_kept() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        let chosen = MidiMapping { tag: "of another model".into(), cc: Some(3), note: None };
        instance.state().change(|state| state.midi = Some(vec![chosen.clone()]));
        let mut builder = PanelStateBuilder::default();
        builder.build(&instance, &[]);
        assert_eq!(builder.learn(&"rock".into())[0], chosen);
    }

    #[test]
    fn learned_tag_gets_a_controller_of_its_own() {
        let mut builder = PanelStateBuilder::default();
        let of = |mappings: &[MidiMapping]| mappings.iter().map(|m| (m.tag.clone(), m.cc)).collect::<Vec<_>>();
        builder.learn(&"jazz".into());
        let mappings = builder.learn(&"rock".into());
        assert_eq!(of(&mappings), [("jazz".into(), Some(102)), ("rock".into(), Some(103))]);
        assert_eq!(of(&builder.learn(&"jazz".into())).len(), 2, "the tag has a controller already");
        assert_eq!(of(&builder.clear_cc("jazz")), [("rock".into(), Some(103))]);
        assert_eq!(of(&builder.learn(&"soul".into()))[1], ("soul".into(), Some(102)));
        let on = |cc, note| MappedTag { tag: "rock".into(), cc, note };
        assert_eq!(
            builder.map(&on(Some(7), Some(60)))[0],
            MidiMapping { tag: "rock".into(), cc: Some(7), note: Some(60) }
        );
        assert_eq!(builder.clear_cc("rock")[0].note, Some(60), "the note stays");
        assert_eq!(of(&builder.learn(&"rock".into()))[0], ("rock".into(), Some(103)));
        assert_eq!(of(&builder.map(&on(None, None))), [("soul".into(), Some(102))]);
        // All controllers but those of the tempo.
        for tag in 0..200 {
            builder.learn(&format!("tag {tag}").into());
        }
        let mut ccs: Vec<u8> = builder.mappings.iter().filter_map(|mapping| mapping.cc).collect();
        ccs.sort_unstable();
        assert_eq!((ccs.len(), ccs.contains(&14), ccs.contains(&46)), (126, false, false));
    }
}
