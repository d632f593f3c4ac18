//! What an instance is doing, in the panel's words.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_dsp::{Level, StreamState, TapCounters};
use earmark_models::{Card, Gate, Kind, Progress, Registry, note_name};
use earmark_panel::{
    AlternativeTempo, Counters, EngineHealth, FeatureView, InputLevel, MappedTag, Message, ModelInfo, ModelKind,
    ModelValues, PanelState, Presentation, Status, TagReading, TagValues, TempoValue, UpdateRate, WarmUp,
};
use earmark_session::outputs::MidiMap;
use earmark_session::state::Followed;
use earmark_session::{
    self as session, FeatureFrames, FeatureMonitor, Instance, InstanceSnapshot, LabelValues, LatestPrediction,
    LatestResults, ModelValue,
};

/// Id of the message about what was wrong with a loaded state.
pub(crate) const COMPLAINT: u64 = 0;

/// A host that has given no audio for so long does not play.
const IDLE: Duration = Duration::from_millis(500);
/// A prediction comes at the latest so long after two hops: resampler, block, inference, and a little.
const LATE_S: f64 = 0.25;

/// A range of features, in their logarithms, below which all is noise.
const LEAST_RANGE: f32 = 2.0;

/// Looks at an instance, and remembers what the panel has been told.
#[derive(Default)]
pub(crate) struct PanelStateBuilder {
    models: Option<Arc<[ModelInfo]>>,
    note_names: Option<Arc<[Arc<str>]>>,
    /// Counters at the last reset.
    since: TapCounters,
    skipped_since: u64,
    learning: Option<Arc<str>>,
    /// The followed tags of all models, to start from when one is changed.
    followed: Vec<Followed>,
    labels: Arc<[Arc<str>]>,
    labels_of: Option<Arc<str>>,
    /// Samples pushed when they last were more than before.
    moved: Option<(u64, Instant)>,
    /// The last look at frames.
    frames: Option<(u64, FeatureFrames)>,
    /// Reports written that were seen.
    dismissed: Vec<u64>,
}

impl PanelStateBuilder {
    /// What is to be shown now, with messages from elsewhere.
    pub(crate) fn look(&mut self, instance: &Instance, messages: &[Message]) -> PanelState {
        let models = Arc::clone(self.models.get_or_insert_with(|| cards(instance.registry())));
        let report = instance.snapshot();
        let messages = self.messages(instance, report.as_ref(), messages);
        let note_names = Arc::clone(self.note_names.get_or_insert_with(note_names));
        let mut state = PanelState { models, messages, note_names, ..PanelState::default() };
        state.rate.requested_hz = instance.settings().rate_hz();
        state.learning = self.learning.clone();
        if let Some(trouble) = instance.trouble() {
            let hint = "Turn it off and on again; if that does not help, restart what it runs in.".to_owned();
            state.status = Status::Error { message: trouble, hint };
        }
        // What another model's tags drive is kept when this one's are changed.
        let chosen = instance.state().get().midi.clone();
        self.followed = chosen.clone().unwrap_or_default();
        let Some(report) = report else { return state };
        let view = &report.view;
        if !matches!(state.status, Status::Error { .. }) {
            state.status = self.status(&report);
        }
        // What other models said than those that are chosen is not shown as theirs.
        if view.is_current(instance.settings()) {
            state.tags = view.tags.as_ref().map(|tags| self.tags(tags, report.source_s));
            state.tempo = view.tempo.as_ref().and_then(|tempo| {
                // Silence has no tempo to show.
                let bpm = tempo.value.bpm?;
                Some(shown(tempo, report.source_s, self::tempo(bpm, &tempo.value)))
            });
            state.readings = view.more.iter().map(|added| shown(added, report.source_s, model_values(added))).collect();
            state.tempo_warm_up = warm_up(view, ModelKind::Tempo);
            state.rate = rate(state.rate.requested_hz, view);
        }
        let labels = &*view.names;
        let followed = MidiMap::new(chosen.as_deref(), labels).describe(labels);
        if chosen.is_none() {
            self.followed.clone_from(&followed);
        }
        let followed = followed.iter();
        state.mapped_tags =
            followed.map(|f| MappedTag { tag: f.tag.as_str().into(), cc: f.cc, note: f.note }).collect();
        state.host_bpm = report.transport.host.tempo_bpm;
        state.input = input(report.level);
        state.gate_open = state.input.rms_dbfs >= Gate::default().floor_dbfs;
        state.counters = self.counters(&report);
        let (waiting_s, ring_s) = (report.waiting_s as f32, report.ring_s as f32);
        state.health = EngineHealth { load: report.load, waiting_s, ring_s };
        state
    }

    /// The frames that the tag model is given; none before there are any.
    pub(crate) fn sound(&mut self, instance: &Instance) -> Option<FeatureView> {
        let FeatureFrames { front_end, values } = instance.features().look(&mut self.frames)?;
        let (bands, rate_hz, hop) = (FeatureFrames::bands(front_end), front_end.rate().hz(), front_end.hop());
        let frame_s = (hop as f64 / rate_hz) as f32;
        let name =
            format!("{bands} bands of {}, at {rate_hz} Hz, a frame every {:.0} ms", front_end.name(), frame_s * 1e3);
        let (window_s, min_range) = (FeatureMonitor::WINDOW_S as f32, LEAST_RANGE);
        Some(FeatureView { name: name.into(), bands, values, frame_s, window_s, min_range })
    }

    /// The models there are to choose from are looked for again.
    pub(crate) fn refresh_models(&mut self, registry: &Registry) {
        registry.refresh();
        self.models = None;
    }

    /// From now on everything is counted from here.
    pub(crate) fn reset_counters(&mut self, instance: &Instance) {
        if let Some(report) = instance.snapshot() {
            (self.since, self.skipped_since) = (report.counters, report.view.skipped);
        }
    }

    /// The followed tags with one more, on the first controller that is free, which is to be learned.
    pub(crate) fn learn(&mut self, tag: &Arc<str>) -> Vec<Followed> {
        self.learning = Some(Arc::clone(tag));
        if !self.followed.iter().any(|followed| *followed.tag == **tag && followed.cc.is_some()) {
            let taken = |cc: u8| self.followed.iter().any(|followed| followed.cc == Some(cc));
            let cc = MidiMap::CONTROLLERS.chain(0..128).find(|&cc| !taken(cc) && !MidiMap::is_tempo(cc));
            self.route(tag, |followed| followed.cc = cc);
        }
        self.followed.clone()
    }

    /// The followed tags with that one on this controller and this note.
    pub(crate) fn follow(&mut self, tag: &MappedTag) -> Vec<Followed> {
        self.route(&tag.tag, |followed| (followed.cc, followed.note) = (tag.cc, tag.note));
        self.followed.clone()
    }

    /// Changes what a tag drives; one that drives nothing then is not followed.
    fn route(&mut self, tag: &str, change: impl FnOnce(&mut Followed)) {
        let place = self.followed.iter().position(|followed| followed.tag == tag).unwrap_or_else(|| {
            self.followed.push(Followed { tag: tag.to_owned(), cc: None, note: None });
            self.followed.len() - 1
        });
        change(&mut self.followed[place]);
        self.followed.retain(|followed| followed.cc.is_some() || followed.note.is_some());
    }

    pub(crate) fn cancel_learning(&mut self) {
        self.learning = None;
    }

    /// The followed tags with that one on no controller.
    pub(crate) fn forget(&mut self, tag: &str) -> Vec<Followed> {
        self.route(tag, |followed| followed.cc = None);
        self.followed.clone()
    }

    pub(crate) fn dismiss(&mut self, id: u64) {
        self.dismissed.push(id);
    }

    fn status(&mut self, report: &InstanceSnapshot) -> Status {
        let view = &report.view;
        if let StreamState::Failed(words) = &report.stream.state {
            let message = format!("The analysis stopped: {words}");
            return Status::Error { message, hint: "Try again; other instances go on.".into() };
        }
        if let session::AnalysisStatus::Failed(words) = &view.status {
            let hint = "Choose another model, or try again.".into();
            return Status::Error { message: words.clone(), hint };
        }
        let moved = self.moved.filter(|&(pushed, _)| pushed == report.counters.pushed);
        let (_, at) = *self.moved.insert(moved.unwrap_or_else(|| (report.counters.pushed, Instant::now())));
        if report.counters.pushed == 0 || at.elapsed() > IDLE {
            return Status::Idle;
        }
        match &view.tags {
            _ if view.selection.is_none() => Status::Idle,
            None => warm_up(view, ModelKind::Tags).map_or(Status::Listening, Status::WarmingUp),
            Some(tags) => {
                let age_s = report.source_s - tags.end_s;
                // A jump leaves the ages of what was before it behind, and something new is on its way.
                match warm_up(view, ModelKind::Tags).filter(|_| view.broke.is_some()) {
                    Some(warm_up) => Status::WarmingUp(warm_up),
                    None if age_s > 2.0 / tags.rate_hz.max(0.01) + LATE_S => Status::Stale { age_s },
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
        let LabelValues { smoothed, active, latest } = tags.value.clone();
        // Silence has no values of its own.
        let raw = if tags.silent { vec![0.0; self.labels.len()] } else { latest };
        let value = TagValues { labels: Arc::clone(&self.labels), raw, smooth: smoothed, active };
        shown(tags, now_s, value)
    }

    fn counters(&self, report: &InstanceSnapshot) -> Counters {
        let TapCounters { dropped, gaps, scrubbed, .. } = report.counters;
        // A new stream counts from 0 again.
        Counters {
            dropped_samples: dropped.saturating_sub(self.since.dropped),
            gaps: gaps.saturating_sub(self.since.gaps),
            skipped_updates: report.view.skipped.saturating_sub(self.skipped_since),
            sanitized_samples: scrubbed.saturating_sub(self.since.scrubbed),
        }
    }

    fn messages(&self, instance: &Instance, report: Option<&InstanceSnapshot>, more: &[Message]) -> Vec<Message> {
        let complaint = instance.state().complaint();
        let complaint = complaint.map(|text| Message { id: COMPLAINT, text, warning: true });
        let written = instance.written().into_iter().map(|(number, outcome)| {
            let id = COMPLAINT + 1 + number;
            match outcome {
                Ok(path) => Message { id, text: format!("Report saved: {}", path.display()), warning: false },
                Err(text) => Message { id, text, warning: true },
            }
        });
        let written = written.filter(|message| !self.dismissed.contains(&message.id));
        let missing = report.into_iter().flat_map(|report| &report.view.missing);
        let missing = missing.map(|text| Message { id: id_of_words(text), text: text.clone(), warning: true });
        let missing = missing.filter(|message| !self.dismissed.contains(&message.id));
        complaint.into_iter().chain(missing).chain(written).chain(more.iter().cloned()).collect()
    }
}

/// A message's id made of its words, for one that is said anew at every look; far above those that are counted.
fn id_of_words(words: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
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
    let Progress { have_s, need_s, .. } = view.progress.iter().find(is)?;
    Some(WarmUp { buffered_s: *have_s, required_s: *need_s })
}

/// Returns a reading with the value that the panel shows of it, `now_s` seconds into the source.
fn shown<T, U>(reading: &LatestPrediction<T>, now_s: f64, value: U) -> earmark_panel::Reading<U> {
    earmark_panel::Reading {
        model: reading.card.id.as_str().into(),
        start_s: reading.start_s,
        end_s: reading.end_s,
        age_s: (now_s - reading.end_s).max(0.0),
        silent: reading.silent,
        value,
    }
}

fn labels(card: &Card) -> Arc<[Arc<str>]> {
    card.labels.iter().map(|label| label.as_str().into()).collect()
}

fn tempo(bpm: f32, tempo: &session::TempoEstimate) -> TempoValue {
    let alternatives = tempo.alternatives.iter();
    let alternatives = alternatives.map(|&(bpm, confidence)| AlternativeTempo { bpm, confidence }).collect();
    TempoValue { bpm, confidence: tempo.confidence, alternatives }
}

fn model_values(LatestPrediction { card, value, .. }: &LatestPrediction<ModelValue>) -> ModelValues {
    // Silence has neither a tempo nor a pitch.
    let pair = |first: Option<f32>, confidence: f32| first.map_or_else(Vec::new, |first| vec![first, confidence]);
    let (values, active) = match value {
        ModelValue::Labels(labels) => (labels.smoothed.clone(), labels.active.clone()),
        ModelValue::Tempo(tempo) => (pair(tempo.bpm, tempo.confidence), Vec::new()),
        ModelValue::Pitch(pitch) => (pair(pitch.hz, pitch.confidence), Vec::new()),
    };
    ModelValues { name: card.name.as_str().into(), presentation: look(card), labels: labels(card), values, active }
}

/// How a model's answers are best looked at.
fn look(card: &Card) -> Presentation {
    let place = |name: &str| card.labels.iter().position(|label| label == name);
    match card.kind {
        Kind::Classes if card.labels.len() == 2 => Presentation::Dial { class: card.positive.unwrap_or(0) },
        Kind::Tags | Kind::Classes | Kind::Embedding => Presentation::Bars,
        Kind::Events => Presentation::Events,
        Kind::Values { low, high } => match place("valence").zip(place("arousal")) {
            Some((across, up)) => Presentation::XyPlot { across, up, low, high },
            None => Presentation::ValueBars { low, high },
        },
        Kind::Pitch => Presentation::Pitch,
        Kind::Tempo { .. } => Presentation::Tempo,
    }
}

fn rate(requested_hz: f32, view: &LatestResults) -> UpdateRate {
    let actual_hz = view.tags.as_ref().map_or(0.0, |tags| tags.rate_hz as f32);
    let reason = (view.thinned > 1)
        .then(|| format!("the machine does not keep up: every {}th of {requested_hz:.0} a second", view.thinned));
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
    // What only gives an embedding has nothing to say by itself.
    let cards = cards.into_iter().filter(|card| card.kind != Kind::Embedding);
    cards
        .map(|card| ModelInfo {
            id: card.id.as_str().into(),
            name: card.name.clone(),
            kind: match card.kind {
                _ if !registry.ships(&card.id) => ModelKind::Added,
                Kind::Tempo { .. } => ModelKind::Tempo,
                _ => ModelKind::Tags,
            },
            classes: card.classes,
            labels: labels(card),
            rate_hz: card.front_end.rate().hz(),
            context_s: card.context_s(),
            licence: card.licence.clone(),
            source: card.source.clone(),
            description: card.description.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_session::SharedSettings;

    #[test]
    fn before_any_audio_there_is_nothing_to_show_but_the_models() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        let mut shown = PanelStateBuilder::default();
        let state = shown.look(&instance, &[]);
        assert_eq!(state.status, Status::Idle);
        assert_eq!((state.tags, state.tempo, state.messages), (None, None, Vec::new()));
        assert_eq!(state.models.len(), Registry::global().cards().len());
        assert_eq!((state.note_names.len(), &*state.note_names[60]), (128, "C4"));
        instance.set_trouble(Some("sample rate: expected 1000 to 768000 Hz, got 0".into()));
        assert!(
            matches!(shown.look(&instance, &[]).status, Status::Error { message, .. } if message.contains("got 0"))
        );
    }

    #[test]
    fn what_other_models_tags_drive_is_kept() {
        let instance = Instance::new(Arc::new(SharedSettings::new(Registry::global())));
        let chosen = Followed { tag: "of another model".into(), cc: Some(3), note: None };
        instance.state().change(|state| state.midi = Some(vec![chosen.clone()]));
        let mut shown = PanelStateBuilder::default();
        shown.look(&instance, &[]);
        assert_eq!(shown.learn(&"rock".into())[0], chosen);
    }

    #[test]
    fn a_learned_tag_gets_a_controller_of_its_own() {
        let mut shown = PanelStateBuilder::default();
        let of = |followed: &[Followed]| followed.iter().map(|f| (f.tag.clone(), f.cc)).collect::<Vec<_>>();
        shown.learn(&"jazz".into());
        let followed = shown.learn(&"rock".into());
        assert_eq!(of(&followed), [("jazz".into(), Some(102)), ("rock".into(), Some(103))]);
        assert_eq!(of(&shown.learn(&"jazz".into())).len(), 2, "it has one already");
        assert_eq!(of(&shown.forget("jazz")), [("rock".into(), Some(103))]);
        assert_eq!(of(&shown.learn(&"soul".into()))[1], ("soul".into(), Some(102)));
        let on = |cc, note| MappedTag { tag: "rock".into(), cc, note };
        assert_eq!(
            shown.follow(&on(Some(7), Some(60)))[0],
            Followed { tag: "rock".into(), cc: Some(7), note: Some(60) }
        );
        assert_eq!(shown.forget("rock")[0].note, Some(60), "a note stays");
        assert_eq!(of(&shown.learn(&"rock".into()))[0], ("rock".into(), Some(103)));
        assert_eq!(of(&shown.follow(&on(None, None))), [("soul".into(), Some(102))]);
        // Every controller but the tempo's.
        for tag in 0..200 {
            shown.learn(&format!("tag {tag}").into());
        }
        let mut ccs: Vec<u8> = shown.followed.iter().filter_map(|followed| followed.cc).collect();
        ccs.sort_unstable();
        assert_eq!((ccs.len(), ccs.contains(&14), ccs.contains(&46)), (126, false, false));
    }
}
