//! Test data of a piece of music, and settings that record changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use earmark_panel::*;
use egui::accesskit::Role;
use egui::{Vec2, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, HarnessBuilder};

/// Some labels of the built-in model for popular music.
pub(crate) const LABELS: [&str; 16] = [
    "metal",
    "heavy metal",
    "hard rock",
    "rock",
    "Progressive rock",
    "punk",
    "alternative",
    "guitar",
    "male vocalists",
    "classic rock",
    "experimental",
    "female vocalists",
    "electronic",
    "jazz",
    "Hip-Hop",
    "ambient",
];

/// Panel with all its data.
#[derive(Default)]
pub(crate) struct TestState {
    pub(crate) panel: Panel,
    pub(crate) state: PanelState,
    pub(crate) history: History,
    pub(crate) layout: PanelLayout,
    pub(crate) settings: Settings,
    pub(crate) commands: Vec<Command>,
}

/// Settings that record gestures.
pub(crate) struct Settings {
    pub(crate) tag_model: Option<Arc<str>>,
    pub(crate) tempo_model: Option<Arc<str>>,
    pub(crate) update_rate_hz: f32,
    pub(crate) smoothing_s: f32,
    pub(crate) gate: bool,
    pub(crate) frozen: bool,
    pub(crate) midi: Option<Midi>,
    pub(crate) block: Option<bool>,
    pub(crate) reports: Option<Reports>,
    pub(crate) osc: Option<OscSettings>,
    pub(crate) streaming: bool,
    pub(crate) threshold: f32,
    /// Thresholds of single tags.
    pub(crate) thresholds: BTreeMap<String, f32>,
    pub(crate) gestures: Vec<String>,
    pub(crate) tempo_controls: Option<TempoControls>,
    pub(crate) tempo_changes: Vec<TempoChange>,
    /// Ids of the added models that are on.
    pub(crate) added: Vec<Arc<str>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tag_model: Some("msd-musicnn".into()),
            tempo_model: Some("tempocnn".into()),
            update_rate_hz: 10.0,
            smoothing_s: 2.0,
            gate: true,
            frozen: false,
            midi: Some(Midi { on: true, channel: 1 }),
            block: Some(true),
            reports: Some(Reports::default()),
            osc: Some(OscSettings { on: false, address: "127.0.0.1:9000".into(), prefix: "/earmark".into() }),
            streaming: false,
            threshold: 0.3,
            thresholds: BTreeMap::new(),
            gestures: Vec::new(),
            tempo_controls: None,
            tempo_changes: Vec::new(),
            added: Vec::new(),
        }
    }
}

impl Controls for Settings {
    fn model(&self, kind: ModelKind) -> Option<Arc<str>> {
        match kind {
            ModelKind::Tags => self.tag_model.clone(),
            ModelKind::Tempo => self.tempo_model.clone(),
            ModelKind::Added => None,
        }
    }
    fn set_model(&mut self, kind: ModelKind, id: Option<&str>) {
        match kind {
            ModelKind::Tags => self.tag_model = id.map(Arc::from),
            ModelKind::Tempo => self.tempo_model = id.map(Arc::from),
            ModelKind::Added => {}
        }
    }
    fn added(&self) -> Vec<Arc<str>> {
        self.added.clone()
    }
    fn set_added(&mut self, id: &str, on: bool) {
        self.added.retain(|added| **added != *id);
        if on {
            self.added.push(id.into());
        }
    }
    fn update_rate_hz(&self) -> f32 {
        self.update_rate_hz
    }
    fn set_update_rate_hz(&mut self, hz: f32) {
        self.gestures.push("set".into());
        self.update_rate_hz = hz;
    }
    fn smoothing_s(&self) -> f32 {
        self.smoothing_s
    }
    fn set_smoothing_s(&mut self, seconds: f32) {
        self.gestures.push("set".into());
        self.smoothing_s = seconds;
    }
    fn tempo_controls(&self) -> Option<TempoControls> {
        self.tempo_controls
    }
    fn change_tempo(&mut self, change: TempoChange) {
        self.tempo_changes.push(change);
    }
    fn gate(&self) -> bool {
        self.gate
    }
    fn set_gate(&mut self, on: bool) {
        self.gate = on;
    }
    fn frozen(&self) -> bool {
        self.frozen
    }
    fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }
    fn midi(&self) -> Option<Midi> {
        self.midi
    }
    fn set_midi(&mut self, midi: Midi) {
        self.midi = Some(midi);
    }
    fn block_when_behind(&self) -> Option<bool> {
        self.block
    }
    fn set_block_when_behind(&mut self, block: bool) {
        self.block = Some(block);
    }
    fn reports(&self) -> Option<Reports> {
        self.reports.clone()
    }
    fn set_reports(&mut self, reports: Reports) {
        self.reports = Some(reports);
    }
    fn check_folder(&self, folder: &str) -> Result<(), String> {
        if folder.starts_with('/') { Ok(()) } else { Err(format!("expected a full path, got `{folder}`")) }
    }
    fn streaming(&self) -> Option<bool> {
        Some(self.streaming)
    }
    fn set_streaming(&mut self, streaming: bool) {
        self.streaming = streaming;
    }
    fn threshold(&self, tag: Option<&str>) -> Option<f32> {
        Some(tag.and_then(|tag| self.thresholds.get(tag)).copied().unwrap_or(self.threshold))
    }
    fn set_threshold(&mut self, tag: Option<&str>, value: Option<f32>) {
        match (tag, value) {
            (None, value) => self.threshold = value.unwrap_or(0.3),
            (Some(tag), Some(value)) => drop(self.thresholds.insert(tag.to_owned(), value)),
            (Some(tag), None) => drop(self.thresholds.remove(tag)),
        }
    }
    fn osc(&self) -> Option<OscSettings> {
        self.osc.clone()
    }
    fn set_osc(&mut self, osc: OscSettings) {
        self.osc = Some(osc);
    }
    fn check_address(&self, address: &str) -> Result<(), String> {
        if address.contains(':') { Ok(()) } else { Err(format!("expected a port, got `{address}`")) }
    }
    fn begin_gesture(&mut self, param: SliderParam) {
        self.gestures.push(format!("begin {param:?}"));
    }
    fn end_gesture(&mut self, param: SliderParam) {
        self.gestures.push(format!("end {param:?}"));
    }
}

/// Returns the probability of a tag at a time, in a piece that begins quietly and becomes metal after 16 s.
fn value(tag: usize, at_s: f64) -> f32 {
    let loud = 1.0 / (1.0 + (-(at_s - 16.0) * 0.9).exp());
    let peak = [0.82, 0.55, 0.47, 0.39, 0.26, 0.12, 0.2, 0.21, 0.16, 0.13, 0.1, 0.05, 0.04, 0.01, 0.02, 0.03][tag % 16];
    let calm = [0.06, 0.03, 0.05, 0.3, 0.36, 0.02, 0.16, 0.42, 0.05, 0.2, 0.22, 0.03, 0.12, 0.1, 0.01, 0.48][tag % 16];
    let phase = tag as f64 * 1.7;
    let sway = (at_s * (0.7 + 0.13 * tag as f64) + phase).sin() * 0.5 + (at_s * 2.9 + phase * 3.0).sin() * 0.3;
    let base = peak * loud + calm * (1.0 - loud);
    (base * (1.0 + 0.22 * sway)).clamp(0.0, 1.0) as f32
}

/// Returns the built-in models.
fn models() -> Arc<[ModelInfo]> {
    let card = |id: &str, name: &str, kind, classes, rate_hz, context_s, licence: &str, description: &str| ModelInfo {
        id: id.into(),
        name: name.into(),
        kind,
        classes,
        labels: Arc::default(),
        rate_hz: Some(rate_hz),
        context_s,
        licence: licence.into(),
        source: "PyPI".into(),
        description: description.into(),
        assumed: Vec::new(),
    };
    [
        card(
            "msd-musicnn",
            "MusiCNN trained on the Million Song Dataset",
            ModelKind::Tags,
            50,
            16_000.0,
            2.99,
            "ISC",
            "Popular music with listeners' tags: genres, eras and moods.",
        ),
        card(
            "mtt-musicnn",
            "MusiCNN trained on MagnaTagATune",
            ModelKind::Tags,
            50,
            16_000.0,
            2.99,
            "ISC",
            "Short clips tagged in a game: instruments, voices and moods.",
        ),
        card(
            "tempocnn",
            "TempoCNN deeptemp_k8",
            ModelKind::Tempo,
            256,
            11_025.0,
            11.9,
            "AGPL-3.0",
            "One of 256 tempi, 30 to 285 BPM, from twelve seconds.",
        ),
    ]
    .into()
}

/// Returns the features of 6 s of a rising tone with overtones.
fn features() -> FeatureView {
    let (bands, frames) = (96, 375);
    let value = |frame: usize, band: usize| {
        let tone = 10.0 + frame as f32 / 20.0;
        (1..4).map(|part| 4.0 / part as f32 - (band as f32 - tone * part as f32).abs() * 0.7).fold(0.0, f32::max)
    };
    let values = (0..frames * bands).map(|at| value(at / bands, at % bands)).collect();
    let name = "MusiCNN: 96 bands of 16000 Hz".into();
    FeatureView { name, bands, values, frame_s: 0.016, window_s: 10.0, min_range: 2.0 }
}

/// Returns a table of note names, as the owner provides it.
fn note_names() -> Arc<[Arc<str>]> {
    let octave: Vec<&str> = "C C# D D# E F F# G G# A A# B".split(' ').collect();
    (0..128_usize).map(|note| format!("{}{}", octave[note % 12], note as i32 / 12 - 1).into()).collect()
}

impl TestState {
    /// Returns an idle panel without results.
    pub(crate) fn idle() -> Self {
        let mut test_state = Self::default();
        test_state.state.models = models();
        test_state.state.note_names = note_names();
        test_state.state.rate = UpdateRate { requested_hz: 10.0, actual_hz: 0.0, reason: None };
        test_state.layout.theme = Theme::Dark;
        test_state
    }

    /// Returns a panel after some seconds of music, with predictions at 10 Hz.
    pub(crate) fn listening(seconds: f64) -> Self {
        let mut test_state = Self::idle();
        let labels: Arc<[Arc<str>]> = LABELS.iter().map(|label| Arc::from(*label)).collect();
        test_state.history.set_labels(&labels);
        let all = |at_s: f64| (0..LABELS.len()).map(|tag| value(tag, at_s)).collect::<Vec<f32>>();
        let rows = (seconds * 10.0) as u32;
        for row in 30..=rows {
            let at_s = f64::from(row) / 10.0;
            test_state.history.push_tags(0, at_s, &all(at_s));
            if row > 118 && row % 5 == 0 {
                test_state.history.push_tempo(0, at_s, if at_s < 16.0 { 122.0 } else { 124.0 }, 0.78);
            }
        }
        let smooth: Vec<f32> = (0..LABELS.len())
            .map(|tag| (0..20).map(|back| value(tag, seconds - f64::from(back) / 10.0)).sum::<f32>() / 20.0)
            .collect();
        test_state.state = PanelState {
            status: Status::Listening,
            tags: Some(Reading {
                model: "msd-musicnn".into(),
                start_s: seconds - 3.0,
                end_s: seconds,
                age_s: 0.31,
                silent: false,
                stale: false,
                value: TagValues { active: smooth.iter().map(|&value| value > 0.3).collect(), labels, smooth },
            }),
            tempo: Some(Reading {
                model: "tempocnn".into(),
                start_s: seconds - 12.0,
                end_s: seconds,
                age_s: 0.5,
                silent: false,
                stale: false,
                value: TempoValue {
                    bpm: 124.0,
                    confidence: 0.78,
                    alternatives: vec![
                        AlternativeTempo { bpm: 62.0, confidence: 0.09 },
                        AlternativeTempo { bpm: 248.0, confidence: 0.02 },
                    ],
                    state: TempoState::Likely,
                },
            }),
            host_bpm: Some(120.0),
            input: InputLevel { rms_dbfs: -14.0, peak_dbfs: -3.2 },
            gate_open: true,
            rate: UpdateRate { requested_hz: 10.0, actual_hz: 10.4, reason: None },
            features: Some(features()),
            health: EngineHealth { load: 0.03, waiting_s: 0.004, ring_s: 10.0 },
            ..test_state.state
        };
        test_state
    }

    /// Returns a panel with added models of every kind, their section, and one reading of each.
    pub(crate) fn moods() -> Self {
        let mut test_state = Self::listening(30.0);
        let added = crate::added::models();
        test_state.settings.added = added.iter().map(|card| card.id.clone()).collect();
        test_state.state.models = test_state.state.models.iter().cloned().chain(added).collect();
        test_state.state.readings = crate::added::readings(30.0);
        test_state.layout.section = Section::Moods;
        test_state
    }

    /// Returns a panel before the first prediction.
    pub(crate) fn warming() -> Self {
        let mut test_state = Self::idle();
        test_state.state.status = Status::WarmingUp(WarmUp { buffered_s: 1.3, required_s: 3.0 });
        test_state.state.tempo_warm_up = Some(WarmUp { buffered_s: 1.3, required_s: 11.9 });
        test_state.state.host_bpm = Some(120.0);
        test_state.state.input = InputLevel { rms_dbfs: -21.0, peak_dbfs: -9.0 };
        test_state.state.gate_open = true;
        test_state
    }

    /// Returns a panel in silence, some seconds after music.
    pub(crate) fn silence() -> Self {
        let mut test_state = Self::listening(30.0);
        for row in 301..=370 {
            test_state.history.push_silence(0, f64::from(row) / 10.0);
        }
        if let Some(tags) = &mut test_state.state.tags {
            tags.value.smooth.iter_mut().for_each(|value| *value *= 0.35);
            tags.value.active.fill(false);
            tags.silent = true;
            (tags.start_s, tags.end_s) = (34.0, 37.0);
        }
        test_state.state.status = Status::Silence;
        test_state.state.input = InputLevel::default();
        test_state.state.gate_open = false;
        test_state
    }

    /// Returns a panel with an error.
    pub(crate) fn error() -> Self {
        let mut test_state = Self::idle();
        test_state.state.status = Status::Error {
            message:
                "The model msd-musicnn could not be loaded: its weights do not have the hash that its card states."
                    .into(),
            hint: "Reinstall Earmark, or choose another model in Setup.".into(),
        };
        test_state
    }
}

/// Returns a builder of a harness of a size.
pub(crate) fn builder(size: Vec2) -> HarnessBuilder<TestState> {
    Harness::builder().with_size(size).with_step_dt(1.0 / 30.0)
}

/// Draws a frame of the panel.
pub(crate) fn frame(ui: &mut egui::Ui, test_state: &mut TestState) {
    let TestState { panel, state, history, layout, settings, commands } = test_state;
    // Without the margin of the harness, as in a window.
    let mut whole = ui.new_child(egui::UiBuilder::new().max_rect(ui.ctx().content_rect()));
    whole.set_clip_rect(ui.ctx().content_rect());
    commands.extend(panel.show(&mut whole, state, history, layout, settings));
}

/// Returns a panel of the default size after its animations.
pub(crate) fn shown(test_state: TestState) -> Harness<'static, TestState> {
    sized(test_state, vec2(480.0, 640.0))
}

/// Returns a panel of a size after its animations.
pub(crate) fn sized(test_state: TestState, size: Vec2) -> Harness<'static, TestState> {
    let mut harness = builder(size).build_ui_state(frame, test_state);
    settle(&mut harness);
    harness
}

/// Freezes or resumes the display with its button.
pub(crate) fn freeze(harness: &mut Harness<'static, TestState>) {
    harness.get_by_role_and_label(Role::Button, "Freeze").click();
    settle(harness);
}

/// Draws frames until all animations have ended.
pub(crate) fn settle(harness: &mut Harness<'static, TestState>) {
    harness.run_steps(60);
    harness.check_accessibility();
}
