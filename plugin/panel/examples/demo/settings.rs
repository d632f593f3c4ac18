//! Settings of the demo window.

use std::collections::BTreeMap;
use std::sync::Arc;

use earmark_panel::{Controls, Midi, ModelKind, OscSettings, TempoChange, TempoControls};

/// Settings that the panel reads and sets.
pub(crate) struct DemoSettings {
    pub(crate) tag_model: Option<Arc<str>>,
    pub(crate) rate_hz: f32,
    pub(crate) smoothing_s: f32,
    pub(crate) gate: bool,
    pub(crate) frozen: bool,
    pub(crate) has_tempo_controls: bool,
    pub(crate) tempo: TempoControls,
    pub(crate) midi: Midi,
    pub(crate) osc: OscSettings,
    pub(crate) threshold: f32,
    pub(crate) thresholds: BTreeMap<String, f32>,
}

impl Default for DemoSettings {
    fn default() -> Self {
        Self {
            tag_model: Some("demo".into()),
            rate_hz: 10.0,
            smoothing_s: 2.0,
            gate: true,
            frozen: false,
            has_tempo_controls: false,
            tempo: TempoControls::default(),
            midi: Midi { on: true, channel: 1 },
            osc: OscSettings { on: false, address: "127.0.0.1:9000".into(), prefix: "/earmark".into() },
            threshold: 0.3,
            thresholds: BTreeMap::new(),
        }
    }
}

impl Controls for DemoSettings {
    fn model(&self, kind: ModelKind) -> Option<Arc<str>> {
        match kind {
            ModelKind::Tags => self.tag_model.clone(),
            ModelKind::Tempo => Some("demo-tempo".into()),
            ModelKind::Added => None,
        }
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

    fn tempo_controls(&self) -> Option<TempoControls> {
        self.has_tempo_controls.then_some(self.tempo)
    }

    fn change_tempo(&mut self, change: TempoChange) {
        match change {
            TempoChange::Half => self.tempo.octaves -= 1,
            TempoChange::Double => self.tempo.octaves += 1,
            TempoChange::Tap => {}
            TempoChange::Lock(locked) => self.tempo.locked = locked,
            TempoChange::Octaves(octaves) => self.tempo.octaves = octaves,
            TempoChange::Range(range_bpm) => self.tempo.range_bpm = range_bpm,
            TempoChange::MinConfidence(confidence) => self.tempo.min_confidence = confidence,
        }
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
        Some(self.midi)
    }

    fn set_midi(&mut self, midi: Midi) {
        self.midi = midi;
    }

    fn osc(&self) -> Option<OscSettings> {
        Some(self.osc.clone())
    }

    fn set_osc(&mut self, osc: OscSettings) {
        self.osc = osc;
    }
}
