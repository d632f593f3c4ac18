//! Settings for programs without a host: plain atomics.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};

use earmark_models::{Card, Kind, Registry};

use crate::settings_source::{ModelSelection, SettingsSource};
use crate::state::StateCell;

/// No tempo model.
const OFF: usize = usize::MAX;

/// Settings shared between threads as atomics, for an app or a test. Every method may be called on any thread.
pub struct SharedSettings {
    registry: &'static Registry,
    /// Places among the shipped cards.
    tags: AtomicUsize,
    tempo: AtomicUsize,
    /// As bits.
    rate_hz: AtomicU32,
    smoothing_s: AtomicU32,
    gate: AtomicBool,
    frozen: AtomicBool,
    block: AtomicBool,
    state: StateCell,
}

impl SharedSettings {
    /// Creates settings with the first shipped model for tags and the first for the tempo, 10 Hz, averaged over 2 s,
    /// with the gate.
    #[must_use]
    pub fn new(registry: &'static Registry) -> Self {
        Self {
            registry,
            tags: AtomicUsize::new(place(registry, |card| card.kind == Kind::Tags).unwrap_or(0)),
            tempo: AtomicUsize::new(place(registry, |card| card.kind.is_tempo()).unwrap_or(OFF)),
            rate_hz: AtomicU32::new(10.0_f32.to_bits()),
            smoothing_s: AtomicU32::new(2.0_f32.to_bits()),
            gate: AtomicBool::new(true),
            frozen: AtomicBool::new(false),
            block: AtomicBool::new(true),
            state: StateCell::default(),
        }
    }

    /// Listens with this tag model; false, and all as before, if none of that id ships.
    pub fn set_tags(&self, id: &str) -> bool {
        let found = place(self.registry, |card| card.kind == Kind::Tags && card.id == id);
        if let Some(place) = found {
            self.tags.store(place, Relaxed);
        }
        found.is_some()
    }

    /// Listens with this tempo model, or with none; false, and all as before, if none of that id ships.
    pub fn set_tempo(&self, id: Option<&str>) -> bool {
        let found = match id {
            None => Some(OFF),
            Some(id) => place(self.registry, |card| card.kind.is_tempo() && card.id == id),
        };
        if let Some(place) = found {
            self.tempo.store(place, Relaxed);
        }
        found.is_some()
    }

    /// Asks for so many predictions of tags per second, cut to 0.1 to 60 Hz; what is no number changes nothing.
    pub fn set_rate_hz(&self, hz: f32) {
        set(&self.rate_hz, hz, 0.1);
    }

    /// Sets the time constant of what is shown and sent, cut to 0 to 60 s; what is no number changes nothing.
    pub fn set_smoothing_s(&self, seconds: f32) {
        set(&self.smoothing_s, seconds, 0.0);
    }

    /// Whether silence is to be called silence.
    pub fn set_gate(&self, on: bool) {
        self.gate.store(on, Relaxed);
    }

    /// Whether what is shown and sent is to stay as it is.
    pub fn set_frozen(&self, frozen: bool) {
        self.frozen.store(frozen, Relaxed);
    }

    /// Whether an offline render is to wait.
    pub fn set_block(&self, block: bool) {
        self.block.store(block, Relaxed);
    }
}

impl SettingsSource for SharedSettings {
    fn selection(&self) -> ModelSelection {
        let cards = self.registry.shipped();
        let id = |place: &AtomicUsize| cards.get(place.load(Relaxed)).map(|card| card.id.as_str());
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

    fn registry(&self) -> &'static Registry {
        self.registry
    }

    fn state(&self) -> &StateCell {
        &self.state
    }
}

/// Stores a number from `least` to 60.
fn set(bits: &AtomicU32, number: f32, least: f32) {
    if !number.is_nan() {
        bits.store(number.clamp(least, 60.0).to_bits(), Relaxed);
    }
}

/// The place of the first shipped card that is like this.
fn place(registry: &Registry, is: impl Fn(&Card) -> bool) -> Option<usize> {
    registry.shipped().iter().position(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_models_that_ship_are_taken() {
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
