//! Made-up data of the demo window.

mod settings;
mod song;

use std::sync::Arc;

use earmark_panel::*;

use self::settings::DemoSettings;
use self::song::{LABELS, values};

/// Interval between two predictions of tags, in seconds.
const INTERVAL_S: f64 = 0.1;
/// Length of the song before the window opens, in seconds.
const BEFORE_S: f64 = 220.0;

/// Panel with its data and settings.
pub(crate) struct Demo {
    pub(crate) panel: Panel,
    pub(crate) state: PanelState,
    pub(crate) history: History,
    pub(crate) layout: PanelLayout,
    pub(crate) settings: DemoSettings,
    scene: String,
    /// Source time of the latest prediction, in seconds.
    end_s: f64,
}

impl Demo {
    /// Returns the data of a scene.
    pub(crate) fn new(scene: &str) -> Self {
        let labels: Arc<[Arc<str>]> = LABELS.map(Arc::from).into();
        let model = |id: &str, name: &str, kind, classes, description: &str| ModelInfo {
            id: id.into(),
            name: name.into(),
            kind,
            classes,
            labels: Arc::clone(&labels),
            rate_hz: Some(16_000.0),
            context_s: 3.0,
            licence: "MIT OR Apache-2.0".into(),
            source: "this example".into(),
            description: description.into(),
            assumed: Vec::new(),
        };
        let models = [
            model("demo", "MusiCNN (MSD)", ModelKind::Tags, labels.len(), "Made-up values of popular music."),
            model("demo-tempo", "TempoCNN", ModelKind::Tempo, 256, "A made-up tempo."),
            model("demo-added", "Danceability", ModelKind::Added, 2, "A made-up classifier."),
        ];
        let mut history = History::default();
        history.set_labels(&labels);
        let layout = PanelLayout {
            section: match scene {
                "mood" => Section::Moods,
                "song" => Section::Song,
                "descriptors" => Section::Descriptors,
                "setup" => Section::Setup,
                "tags" => Section::Tags,
                "display" => Section::Display,
                "outputs" => Section::Outputs,
                "diagnostics" => Section::Features,
                _ => Section::Live,
            },
            name: if scene == "start" { String::new() } else { "Drum bus".into() },
            stage: scene == "stage",
            ..PanelLayout::default()
        };
        let state = PanelState { models: Arc::new(models), gate_open: true, ..PanelState::default() };
        let has_tempo_controls = matches!(scene, "locked" | "jump" | "setup");
        let settings = DemoSettings { has_tempo_controls, ..DemoSettings::default() };
        let (panel, scene) = (Panel::default(), scene.to_owned());
        let mut demo = Self { panel, state, history, layout, settings, scene, end_s: 0.0 };
        demo.advance(if demo.scene == "start" { 0.0 } else { BEFORE_S });
        demo
    }

    /// Sets the data of a time after the window opened, in seconds.
    pub(crate) fn update(&mut self, now_s: f64) {
        self.state.outputs = self.outputs();
        self.state.input = InputLevel { rms_dbfs: -14.0, peak_dbfs: -6.0 };
        self.state.rate = UpdateRate { requested_hz: self.settings.rate_hz, actual_hz: 10.0, reason: None };
        if self.scene == "start" {
            self.state.status = Status::WarmingUp(WarmUp { buffered_s: 1.3, required_s: 3.0 });
            self.state.tempo_warm_up = Some(WarmUp { buffered_s: 1.3, required_s: 11.9 });
            self.state.host_bpm = Some(110.0);
            return;
        }
        let is_jump = self.scene == "jump";
        if !self.settings.frozen && !is_jump {
            self.advance(BEFORE_S + now_s);
        }
        self.readings(is_jump);
        self.state.status = match self.scene.as_str() {
            "jump" => Status::WarmingUp(WarmUp { buffered_s: 0.9, required_s: 3.0 }),
            "silence" => Status::Silence,
            _ => Status::Listening,
        };
        if self.scene == "overload" {
            let reason = Some("computer too slow".to_owned());
            self.state.rate = UpdateRate { requested_hz: 10.0, actual_hz: 2.5, reason };
            self.state.counters = Counters { dropped_samples: 512, gaps: 2, skipped_updates: 7, sanitized_samples: 0 };
            let text = "The report of the last render was not written: the disk is full. Free space, render again.";
            self.state.messages = vec![Message { id: 1, text: text.into(), warning: true }];
        }
        if self.scene == "silence" {
            self.state.input = InputLevel::default();
            self.state.gate_open = false;
        }
        if self.settings.has_tempo_controls || self.scene == "stage" {
            let beats = self.end_s * 110.0 / 60.0;
            let beat = beats.rem_euclid(4.0) as u8 + 1;
            self.state.beat = Some(BeatPhase { beat, phase: beats.fract() as f32 });
        }
    }

    /// Returns the number of predictions of the song so far.
    pub(crate) fn predictions(&self) -> usize {
        self.history.len()
    }

    /// Adds the predictions up to a source time in seconds.
    fn advance(&mut self, until_s: f64) {
        while self.end_s + INTERVAL_S <= until_s {
            self.end_s += INTERVAL_S;
            self.history.push_tags(0, self.end_s, &values(self.end_s));
            self.history.push_tempo(0, self.end_s, 110.0, 0.8);
        }
    }

    fn readings(&mut self, stale: bool) {
        let mean = |tag: usize| (0..20).map(|back| values(self.end_s - f64::from(back) * 0.1)[tag]).sum::<f32>() / 20.0;
        let quiet = if self.scene == "quiet" { 0.25 } else { 1.0 };
        let smooth: Vec<f32> = (0..LABELS.len()).map(|tag| mean(tag) * quiet).collect();
        let threshold = |tag: &str| self.settings.threshold(Some(tag)).unwrap_or(0.3);
        let active = smooth.iter().zip(LABELS).map(|(&value, tag)| value > threshold(tag)).collect();
        let labels = Arc::clone(self.history.labels());
        let is_locked = self.settings.tempo.locked || matches!(self.scene.as_str(), "locked" | "jump" | "stage");
        let tempo = TempoValue {
            bpm: 110.0,
            confidence: 0.8,
            alternatives: vec![AlternativeTempo { bpm: 55.0, confidence: 0.1 }],
            state: if is_locked { TempoState::Locked } else { TempoState::Likely },
        };
        self.state.tags = Some(self.reading("demo", stale, TagValues { labels, smooth, active }));
        self.state.tempo = Some(self.reading("demo-tempo", stale, tempo));
        self.state.host_bpm = Some(110.0);
        self.state.descriptors = Some(descriptors());
        if self.scene == "mood" {
            self.state.readings = self.moods();
        }
        let sent = |output: &str, text: &str| SentMessage { output: output.into(), text: text.into() };
        self.state.sent = vec![
            sent("MIDI", "CC 14 ch 1 = 42, CC 46 = 124 (110 BPM)"),
            sent("MIDI", "CC 102 ch 1 = 104 (electronic)"),
            sent("MIDI", "note 36 ch 1 held (electronic)"),
        ];
    }

    fn moods(&self) -> Vec<ModelReading> {
        let sway = |of: f64| (self.end_s * 0.3 + of).sin() as f32;
        let labels = |labels: &[&str]| labels.iter().map(|label| Arc::from(*label)).collect();
        let derived = ModelValues {
            name: "Moods".into(),
            presentation: Presentation::Bars,
            labels: labels(&["energetic", "happy", "relaxed", "sad", "aggressive"]),
            values: vec![0.72 + 0.03 * sway(0.0), 0.58, 0.21, 0.08, 0.05],
            active: vec![true, true, false, false, false],
            derived_from: Some("MusiCNN (MSD)".into()),
        };
        let plot = ModelValues {
            name: "Arousal and valence".into(),
            presentation: Presentation::XyPlot { across: 0, up: 1, low: 1.0, high: 9.0 },
            labels: labels(&["valence", "arousal"]),
            values: vec![6.0 + sway(0.5), 6.3 + sway(2.0)],
            active: Vec::new(),
            derived_from: Some("MusiCNN (MSD)".into()),
        };
        vec![self.reading("derived", false, derived), self.reading("plot", false, plot)]
    }

    fn outputs(&self) -> Vec<OutputBadge> {
        let failed = OutputState::Failed("No folder is chosen, so no report is written.".into());
        let report = if self.scene == "overload" { failed } else { OutputState::Off };
        [("MIDI", OutputState::On), ("OSC", OutputState::Off), ("Report", report)]
            .map(|(name, state)| OutputBadge { name: name.into(), state })
            .to_vec()
    }

    fn reading<T>(&self, model: &str, stale: bool, value: T) -> Reading<T> {
        let (start_s, end_s) = (self.end_s - 3.0, self.end_s);
        Reading { model: model.into(), start_s, end_s, age_s: 0.2, silent: false, stale, value }
    }
}

fn descriptors() -> DescriptorReading {
    let sure = |value: f32| Some(MarkedValue { value, reliable: true });
    DescriptorReading {
        window_s: 30.0,
        since_start_s: 192.0,
        age_s: 0.4,
        key: Some(KeyReading { tonic: 9, minor: true, strength: 0.71, reliable: true }),
        chord: Some(ChordReading { root: 2, minor: true, strength: 0.64 }),
        chroma: [0.82, 0.04, 0.55, 0.06, 0.88, 0.62, 0.05, 0.4, 0.12, 1.0, 0.05, 0.33],
        loudness: LoudnessReading {
            momentary: Some(-13.7),
            short_term: Some(-13.9),
            integrated: Some(-14.2),
            range: Some(6.3),
        },
        bpm: sure(110.0),
        danceability: sure(1.3),
        onset_rate: sure(3.9),
        centroid_hz: (0..61).map(|at| 900.0 + 400.0 * (at as f32 * 0.3).sin()).collect(),
        centroid_step_s: 0.5,
        ..DescriptorReading::default()
    }
}
