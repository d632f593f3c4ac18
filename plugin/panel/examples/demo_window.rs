//! Shows the panel in a window, with made-up results.
//!
//! `cargo run -p earmark-panel --example demo_window`, or with `-- SECONDS` to close after that time.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use earmark_panel::{
    Command, Controls, History, InputLevel, ModelInfo, ModelKind, Panel, PanelLayout, PanelState, Reading, Status,
    TagValues, TempoValue, UpdateRate,
};
use eframe::egui::{CentralPanel, Frame, Ui, ViewportBuilder, ViewportCommand};

/// Labels of the tags.
const LABELS: [&str; 8] = ["metal", "rock", "guitar", "male vocalists", "electronic", "jazz", "Hip-Hop", "ambient"];
/// Interval between two predictions of tags, in seconds.
const INTERVAL_S: f64 = 0.1;

/// Window with a panel, its data and its settings.
struct Demo {
    panel: Panel,
    state: PanelState,
    history: History,
    layout: PanelLayout,
    settings: DemoSettings,
    /// Source time of the latest prediction, in seconds.
    end_s: f64,
    /// Time after which the window closes, in seconds.
    duration_s: Option<f64>,
}

/// Settings that the panel reads and sets.
struct DemoSettings {
    tag_model: Option<Arc<str>>,
    rate_hz: f32,
    smoothing_s: f32,
    gate: bool,
    frozen: bool,
}

impl Controls for DemoSettings {
    fn model(&self, kind: ModelKind) -> Option<Arc<str>> {
        self.tag_model.clone().filter(|_| kind == ModelKind::Tags)
    }

    fn set_model(&mut self, kind: ModelKind, id: Option<&str>) {
        if kind == ModelKind::Tags {
            self.tag_model = id.map(Arc::from);
        }
    }

    fn update_rate_hz(&self) -> f32 {
        self.rate_hz
    }

    fn set_update_rate_hz(&mut self, hz: f32) {
        self.rate_hz = hz;
    }

    fn smoothing_s(&self) -> f32 {
        self.smoothing_s
    }

    fn set_smoothing_s(&mut self, seconds: f32) {
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
}

impl Demo {
    fn new(duration_s: Option<f64>) -> Self {
        let labels: Arc<[Arc<str>]> = LABELS.map(Arc::from).into();
        let model = ModelInfo {
            id: "demo".into(),
            name: "Demo".into(),
            kind: ModelKind::Tags,
            classes: labels.len(),
            labels: Arc::clone(&labels),
            rate_hz: Some(16_000.0),
            context_s: 3.0,
            licence: "MIT OR Apache-2.0".into(),
            source: "this example".into(),
            description: "Made-up values of eight tags.".into(),
            assumed: Vec::new(),
        };
        let mut history = History::default();
        history.set_labels(&labels);
        Self {
            panel: Panel::default(),
            state: PanelState { models: Arc::new([model]), gate_open: true, ..PanelState::default() },
            history,
            layout: PanelLayout::default(),
            settings: DemoSettings {
                tag_model: Some("demo".into()),
                rate_hz: 10.0,
                smoothing_s: 2.0,
                gate: true,
                frozen: false,
            },
            end_s: 0.0,
            duration_s,
        }
    }

    /// Adds the predictions up to a source time in seconds.
    fn update(&mut self, now_s: f64) {
        while self.end_s + INTERVAL_S <= now_s {
            self.end_s += INTERVAL_S;
            self.history.push_tags(0, self.end_s, &values(self.end_s));
            self.history.push_tempo(0, self.end_s, 124.0, 0.8);
        }
        let (raw, smooth) = (values(self.end_s).to_vec(), values(self.end_s - 1.0).to_vec());
        let active = smooth.iter().map(|&value| value > 0.3).collect();
        let labels = Arc::clone(self.history.labels());
        let tempo = TempoValue { bpm: 124.0, confidence: 0.8, alternatives: Vec::new() };
        self.state.tags = Some(self.reading(now_s, "demo", TagValues { labels, raw, smooth, active }));
        self.state.tempo = Some(self.reading(now_s, "demo-tempo", tempo));
        self.state.status = Status::Listening;
        self.state.input = InputLevel { rms_dbfs: -14.0, peak_dbfs: -6.0 };
        self.state.rate = UpdateRate { requested_hz: self.settings.rate_hz, actual_hz: 10.0, reason: None };
    }

    fn reading<T>(&self, now_s: f64, model: &str, value: T) -> Reading<T> {
        let (start_s, end_s) = (self.end_s - 3.0, self.end_s);
        Reading { model: model.into(), start_s, end_s, age_s: now_s - end_s, silent: false, value }
    }
}

impl eframe::App for Demo {
    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let now_s = ui.input(|input| input.time);
        if !self.settings.frozen {
            self.update(now_s);
        }
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
            let Self { panel, state, history, layout, settings, .. } = self;
            for command in panel.show(ui, state, history, layout, settings) {
                match command {
                    Command::NewSong => history.clear_average(),
                    Command::SetZoom(zoom) => ui.ctx().set_zoom_factor(zoom),
                    // A session handles all other commands.
                    other => println!("{other:?}"),
                }
            }
        });
        if self.duration_s.is_some_and(|duration_s| now_s > duration_s) {
            println!("closed after {} predictions", (self.end_s / INTERVAL_S).round());
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
        ui.ctx().request_repaint_after(Duration::from_secs_f64(INTERVAL_S));
    }
}

/// Returns made-up probabilities at a source time in seconds.
fn values(at_s: f64) -> [f32; LABELS.len()] {
    std::array::from_fn(|tag| {
        let tag = tag as f64;
        let wave = 0.5 + 0.5 * (at_s / (3.0 + tag) + tag).sin();
        (wave * 0.9_f64.powf(3.0 * tag)) as f32
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let duration_s = std::env::args().nth(1).map(|text| text.parse::<f64>()).transpose()?;
    let size = PanelLayout::default().window;
    let viewport = ViewportBuilder::default().with_title("Panel of Earmark").with_inner_size(size);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    eframe::run_native("earmark-panel", options, Box::new(move |_| Ok(Box::new(Demo::new(duration_s)))))?;
    Ok(())
}
