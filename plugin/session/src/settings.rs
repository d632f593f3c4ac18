//! Settings for programs without host parameters: plain atomics.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};

use earmark_models::{Card, Kind, Registry};

use crate::settings_source::{ModelSelection, SettingsSource};
use crate::state::SharedState;

/// Index that stands for no tempo model.
const OFF: usize = usize::MAX;

/// Settings of an app or a test, shared between threads. All methods may be called from any thread.
pub struct SharedSettings {
    registry: &'static Registry,
    /// Index among the shipped cards.
    tags: AtomicUsize,
    /// Index among the shipped cards, or [`OFF`].
    tempo: AtomicUsize,
    /// Bits of the update rate in Hz.
    rate_hz: AtomicU32,
    /// Bits of the time constant in seconds.
    smoothing_s: AtomicU32,
    gate: AtomicBool,
    frozen: AtomicBool,
    block: AtomicBool,
    moods: AtomicBool,
    state: SharedState,
}

impl SharedSettings {
    /// Creates settings with the first shipped tag model and tempo model, 10 Hz, a time constant of 2 s, and the
    /// silence gate on.
    #[must_use]
    pub fn new(registry: &'static Registry) -> Self {
        Self {
            registry,
            tags: AtomicUsize::new(index_of(registry, |card| card.kind == Kind::Tags).unwrap_or(0)),
            tempo: AtomicUsize::new(index_of(registry, |card| card.kind.is_tempo()).unwrap_or(OFF)),
            rate_hz: AtomicU32::new(10.0_f32.to_bits()),
            smoothing_s: AtomicU32::new(2.0_f32.to_bits()),
            gate: AtomicBool::new(true),
            frozen: AtomicBool::new(false),
            block: AtomicBool::new(true),
            moods: AtomicBool::new(false),
            state: SharedState::default(),
        }
    }

    /// Selects the tag model. Returns false, and changes nothing, if no shipped tag model has this id.
    pub fn set_tags(&self, id: &str) -> bool {
        let found = index_of(self.registry, |card| card.kind == Kind::Tags && card.id == id);
        if let Some(index) = found {
            self.tags.store(index, Relaxed);
        }
        found.is_some()
    }

    /// Selects the tempo model, or none. Returns false, and changes nothing, if no shipped tempo model has this id.
    pub fn set_tempo(&self, id: Option<&str>) -> bool {
        let found = match id {
            None => Some(OFF),
            Some(id) => index_of(self.registry, |card| card.kind.is_tempo() && card.id == id),
        };
        if let Some(index) = found {
            self.tempo.store(index, Relaxed);
        }
        found.is_some()
    }

    /// Sets the predictions of tags per second, in Hz, clamped to 0.1 to 60 (default 10). NaN changes nothing.
    pub fn set_rate_hz(&self, hz: f32) {
        set(&self.rate_hz, hz, 0.1);
    }

    /// Sets the time constant of the average, in seconds, clamped to 0 to 60 (default 2). NaN changes nothing.
    pub fn set_smoothing_s(&self, seconds: f32) {
        set(&self.smoothing_s, seconds, 0.0);
    }

    /// Turns the silence gate on or off (default on).
    pub fn set_gate(&self, on: bool) {
        self.gate.store(on, Relaxed);
    }

    /// Freezes the displayed and sent results, or resumes them (default off).
    pub fn set_frozen(&self, frozen: bool) {
        self.frozen.store(frozen, Relaxed);
    }

    /// Sets whether an offline render blocks until the analysis caught up (default on).
    pub fn set_block(&self, block: bool) {
        self.block.store(block, Relaxed);
    }

    /// Sets whether moods are derived from the tags in real time (default off).
    pub fn set_moods(&self, on: bool) {
        self.moods.store(on, Relaxed);
    }
}

impl SettingsSource for SharedSettings {
    fn selection(&self) -> ModelSelection {
        let cards = self.registry.builtin();
        let id = |index: &AtomicUsize| cards.get(index.load(Relaxed)).map(|card| card.id.as_str());
        ModelSelection { tags: id(&self.tags).unwrap_or_default(), tempo: id(&self.tempo) }
    }

    fn rate_hz(&self) -> f32 {
        f32::from_bits(self.rate_hz.load(Relaxed))
    }

    fn smoothing_s(&self) -> f32 {
        f32::from_bits(self.smoothing_s.load(Relaxed))
    }

    fn gate(&self) -> bool {
        self.gate.load(Relaxed)
    }

    fn frozen(&self) -> bool {
        self.frozen.load(Relaxed)
    }

    fn block(&self) -> bool {
        self.block.load(Relaxed)
    }

    fn derives_moods(&self) -> bool {
        self.moods.load(Relaxed)
    }

    fn registry(&self) -> &'static Registry {
        self.registry
    }

    fn state(&self) -> &SharedState {
        &self.state
    }
}

/// Stores a number, clamped to `min` to 60.
fn set(bits: &AtomicU32, number: f32, min: f32) {
    if !number.is_nan() {
        bits.store(number.clamp(min, 60.0).to_bits(), Relaxed);
    }
}

/// Returns the index of the first shipped card that satisfies `is`.
fn index_of(registry: &Registry, is: impl Fn(&Card) -> bool) -> Option<usize> {
    registry.builtin().iter().position(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shipped_models_can_be_selected() {
        let settings = SharedSettings::new(Registry::global());
        assert_eq!(settings.selection().tags, "msd-musicnn");
        assert!(settings.set_tags("mtt-vgg") && !settings.set_tags("mtt-vvg") && !settings.set_tempo(Some("mtt-vgg")));
        assert!(settings.set_tempo(None));
        assert_eq!(settings.selection(), ModelSelection { tags: "mtt-vgg", tempo: None });
        if cfg!(feature = "tempocnn") {
            assert!(settings.set_tempo(Some("tempocnn-fcn")));
            assert_eq!(settings.selection().tempo, Some("tempocnn-fcn"));
        }
    }
}
