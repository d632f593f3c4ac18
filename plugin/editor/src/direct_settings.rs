//! Settings of a session that has no host, changed directly.

use earmark_panel::Midi;
use earmark_session::{SettingsSource, SharedSettings};

use crate::controls::SettingsOwner;

/// Owner of the settings of a session without host parameters, such as an app's.
pub struct DirectSettings<'a> {
    /// Settings that the session reads.
    pub settings: &'a SharedSettings,
    /// Switch and channel of the MIDI output.
    pub midi: &'a mut Midi,
    /// Whether there are offline renders.
    pub renders_offline: bool,
}

impl SettingsOwner for DirectSettings<'_> {
    fn settings(&self) -> &dyn SettingsSource {
        self.settings
    }

    fn set_tags(&mut self, id: &str) {
        self.settings.set_tags(id);
    }

    fn set_tempo(&mut self, id: Option<&str>) {
        self.settings.set_tempo(id);
    }

    fn set_rate_hz(&mut self, hz: f32) {
        self.settings.set_rate_hz(hz);
    }

    fn set_smoothing_s(&mut self, seconds: f32) {
        self.settings.set_smoothing_s(seconds);
    }

    fn set_gate(&mut self, on: bool) {
        self.settings.set_gate(on);
    }

    fn set_frozen(&mut self, frozen: bool) {
        self.settings.set_frozen(frozen);
    }

    fn midi(&self) -> Midi {
        *self.midi
    }

    fn set_midi(&mut self, midi: Midi) {
        *self.midi = midi;
    }

    fn renders_offline(&self) -> bool {
        self.renders_offline
    }

    fn set_block(&mut self, block: bool) {
        self.settings.set_block(block);
    }
}
