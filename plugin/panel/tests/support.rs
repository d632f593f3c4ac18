//! A piece of music as the panel would be told of it, and settings that remember what was asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use earmark_panel::*;
use egui::{Vec2, vec2};
use egui_kittest::{Harness, HarnessBuilder};

/// The labels of the shipped model for popular music, as far as they matter here.
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

/// Everything that the panel is shown with.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) panel: Panel,
    pub(crate) state: PanelState,
    pub(crate) history: History,
    pub(crate) layout: PanelLayout,
    pub(crate) settings: Settings,
    pub(crate) commands: Vec<Command>,
}

/// Settings that write down what was asked of them.
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
    /// Of tags that have their own.
    pub(crate) thresholds: BTreeMap<String, f32>,
    pub(crate) gestures: Vec<String>,
    /// The added models that listen.
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
    fn begin(&mut self, knob: Knob) {
        self.gestures.push(format!("begin {knob:?}"));
    }
    fn end(&mut self, knob: Knob) {
        self.gestures.push(format!("end {knob:?}"));
    }
}

/// The probability of a tag at a time: a piece that begins quietly and breaks out into metal after 16 seconds.
fn value(tag: usize, at_s: f64) -> f32 {
    let loud = 1.0 / (1.0 + (-(at_s - 16.0) * 0.9).exp());
    let peak = [0.82, 0.55, 0.47, 0.39, 0.26, 0.12, 0.2, 0.21, 0.16, 0.13, 0.1, 0.05, 0.04, 0.01, 0.02, 0.03][tag % 16];
    let calm = [0.06, 0.03, 0.05, 0.3, 0.36, 0.02, 0.16, 0.42, 0.05, 0.2, 0.22, 0.03, 0.12, 0.1, 0.01, 0.48][tag % 16];
    let phase = tag as f64 * 1.7;
    let sway = (at_s * (0.7 + 0.13 * tag as f64) + phase).sin() * 0.5 + (at_s * 2.9 + phase * 3.0).sin() * 0.3;
    let base = peak * loud + calm * (1.0 - loud);
    (base * (1.0 + 0.22 * sway)).clamp(0.0, 1.0) as f32
}

/// The models that are offered.
fn models() -> Arc<[ModelCard]> {
    let card = |id: &str, name: &str, kind, classes, rate_hz, context_s, licence: &str, description: &str| ModelCard {
        id: id.into(),
        name: name.into(),
        kind,
        classes,
        labels: Arc::default(),
        rate_hz,
        context_s,
        licence: licence.into(),
        source: "PyPI".into(),
        description: description.into(),
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
            "Filters along time alone. One of 256 tempi, 30 to 285 BPM, from twelve seconds.",
        ),
    ]
    .into()
}

/// Six seconds of a tone that rises, and its overtones.
fn sound() -> Sound {
    let (bands, frames) = (96, 375);
    let value = |frame: usize, band: usize| {
        let tone = 10.0 + frame as f32 / 20.0;
        (1..4).map(|part| 4.0 / part as f32 - (band as f32 - tone * part as f32).abs() * 0.7).fold(0.0, f32::max)
    };
    let values = (0..frames * bands).map(|at| value(at / bands, at % bands)).collect();
    let name = "MusiCNN: 96 bands of 16000 Hz".into();
    Sound { name, bands, values, frame_s: 0.016, longest_s: 10.0, least_range: 2.0 }
}

/// Names as the owner gives them; the panel has none of its own.
fn note_names() -> Arc<[Arc<str>]> {
    let octave: Vec<&str> = "C C# D D# E F F# G G# A A# B".split(' ').collect();
    (0..128_usize).map(|note| format!("{}{}", octave[note % 12], note as i32 / 12 - 1).into()).collect()
}

impl World {
    /// Idle: nothing was heard.
    pub(crate) fn idle() -> Self {
        let mut world = Self::default();
        world.state.models = models();
        world.state.note_names = note_names();
        world.state.rate = UpdateRate { asked_hz: 10.0, real_hz: 0.0, reason: None };
        world.layout.theme = Theme::Dark;
        world
    }

    /// After so many seconds of music, ten predictions a second.
    pub(crate) fn listening(seconds: f64) -> Self {
        let mut world = Self::idle();
        let labels: Arc<[Arc<str>]> = LABELS.iter().map(|label| Arc::from(*label)).collect();
        world.history.set_labels(&labels);
        let all = |at_s: f64| (0..LABELS.len()).map(|tag| value(tag, at_s)).collect::<Vec<f32>>();
        let rows = (seconds * 10.0) as u32;
        for row in 30..=rows {
            let at_s = f64::from(row) / 10.0;
            world.history.push_tags(0, at_s, &all(at_s));
            if row > 118 && row % 5 == 0 {
                world.history.push_tempo(0, at_s, if at_s < 16.0 { 122.0 } else { 124.0 }, 0.78);
            }
        }
        let raw = all(seconds);
        let smooth: Vec<f32> = (0..LABELS.len())
            .map(|tag| (0..20).map(|back| value(tag, seconds - f64::from(back) / 10.0)).sum::<f32>() / 20.0)
            .collect();
        world.state = PanelState {
            status: Status::Listening,
            tags: Some(Reading {
                model: "msd-musicnn".into(),
                start_s: seconds - 3.0,
                end_s: seconds,
                age_s: 0.31,
                silent: false,
                value: TagValues { active: smooth.iter().map(|&value| value > 0.3).collect(), labels, raw, smooth },
            }),
            tempo: Some(Reading {
                model: "tempocnn".into(),
                start_s: seconds - 12.0,
                end_s: seconds,
                age_s: 0.5,
                silent: false,
                value: TempoValue {
                    bpm: 124.0,
                    confidence: 0.78,
                    alternatives: vec![
                        AlternativeTempo { bpm: 62.0, confidence: 0.09 },
                        AlternativeTempo { bpm: 248.0, confidence: 0.02 },
                    ],
                },
            }),
            host_bpm: Some(120.0),
            input: InputLevel { rms_dbfs: -14.0, peak_dbfs: -3.2 },
            gate_open: true,
            rate: UpdateRate { asked_hz: 10.0, real_hz: 10.4, reason: None },
            sound: Some(sound()),
            health: Health { load: 0.03, waiting_s: 0.004, ring_s: 10.0 },
            ..world.state
        };
        world
    }

    /// Listening with added models of every kind, and the section for them open; they have said one thing so far.
    pub(crate) fn moods() -> Self {
        let mut world = Self::listening(30.0);
        let added = crate::added::models();
        world.settings.added = added.iter().map(|card| card.id.clone()).collect();
        world.state.models = world.state.models.iter().cloned().chain(added).collect();
        world.state.readings = crate::added::readings(30.0);
        world.layout.section = Section::Moods;
        world
    }

    /// Before the first prediction.
    pub(crate) fn warming() -> Self {
        let mut world = Self::idle();
        world.state.status = Status::WarmingUp(WarmUp { have_s: 1.3, need_s: 3.0 });
        world.state.tempo_warm_up = Some(WarmUp { have_s: 1.3, need_s: 11.9 });
        world.state.host_bpm = Some(120.0);
        world.state.input = InputLevel { rms_dbfs: -21.0, peak_dbfs: -9.0 };
        world.state.gate_open = true;
        world
    }

    /// Music that stopped a few seconds ago.
    pub(crate) fn silence() -> Self {
        let mut world = Self::listening(30.0);
        for row in 301..=370 {
            world.history.push_silence(0, f64::from(row) / 10.0);
        }
        if let Some(tags) = &mut world.state.tags {
            tags.value.smooth.iter_mut().for_each(|value| *value *= 0.35);
            tags.value.raw.clear();
            tags.value.active.fill(false);
            tags.silent = true;
            (tags.start_s, tags.end_s) = (34.0, 37.0);
        }
        world.state.status = Status::Silence;
        world.state.input = InputLevel::default();
        world.state.gate_open = false;
        world
    }

    /// Nothing can be heard.
    pub(crate) fn error() -> Self {
        let mut world = Self::idle();
        world.state.status = Status::Error {
            message: "The model msd-musicnn could not be loaded: its weights do not have the hash that its card says."
                .into(),
            way_out: "Reinstall Earmark, or choose another model in Setup.".into(),
        };
        world
    }
}

/// A harness of a size, to be built further.
pub(crate) fn builder(size: Vec2) -> HarnessBuilder<World> {
    Harness::builder().with_size(size).with_step_dt(1.0 / 30.0)
}

/// Draws the panel as an owner does.
pub(crate) fn frame(ui: &mut egui::Ui, world: &mut World) {
    let World { panel, state, history, layout, settings, commands } = world;
    // The harness leaves a margin; an owner gives the whole window.
    let mut whole = ui.new_child(egui::UiBuilder::new().max_rect(ui.ctx().content_rect()));
    whole.set_clip_rect(ui.ctx().content_rect());
    commands.extend(panel.show(&mut whole, state, history, layout, settings));
}

/// A settled panel of the usual size.
pub(crate) fn shown(world: World) -> Harness<'static, World> {
    sized(world, vec2(480.0, 640.0))
}

/// A settled panel of a size.
pub(crate) fn sized(world: World, size: Vec2) -> Harness<'static, World> {
    let mut harness = builder(size).build_ui_state(frame, world);
    settle(&mut harness);
    harness
}

/// Draws frames until everything that glides has come to rest.
pub(crate) fn settle(harness: &mut Harness<'static, World>) {
    harness.run_steps(60);
    harness.check_accessibility();
}
