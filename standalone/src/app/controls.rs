//! The panel's settings: those of the live part, and MIDI.

use std::ops::RangeInclusive;
use std::sync::Arc;

use earmark_editor::PanelChoices;
use earmark_panel::{Controls, Midi, ModelKind, Osc};
use earmark_session::state::OscChoice;
use earmark_session::{Settings, Wishes};

use crate::settings::{MidiChoice, OFF, Remembered};

/// Binds the panel to what is wished and what is remembered.
pub(super) struct AppControls<'a> {
    pub(super) settings: &'a Settings,
    pub(super) midi: &'a mut MidiChoice,
}

impl Controls for AppControls<'_> {
    fn model(&self, kind: ModelKind) -> Option<Arc<str>> {
        let choice = self.settings.choice();
        match kind {
            ModelKind::Tags => Some(choice.tags.into()),
            ModelKind::Tempo => choice.tempo.map(Into::into),
            ModelKind::Added => None,
        }
    }

    fn set_model(&mut self, kind: ModelKind, id: Option<&str>) {
        match (kind, id) {
            (ModelKind::Tags, Some(id)) => drop(self.settings.set_tags(id)),
            // There are always tags.
            (ModelKind::Tags, None) => {}
            (ModelKind::Tempo, id) => drop(self.settings.set_tempo(id)),
            (ModelKind::Added, _) => {}
        }
    }

    fn added(&self) -> Vec<Arc<str>> {
        self.settings.state().added()
    }

    fn set_added(&mut self, id: &str, on: bool) {
        self.settings.state().set_added(self.settings.registry(), id, on);
    }

    fn update_rate_hz(&self) -> f32 {
        self.settings.rate_hz()
    }

    fn set_update_rate_hz(&mut self, hz: f32) {
        self.settings.set_rate_hz(hz);
    }

    fn smoothing_s(&self) -> f32 {
        self.settings.smoothing_s()
    }

    fn set_smoothing_s(&mut self, seconds: f32) {
        self.settings.set_smoothing_s(seconds);
    }

    fn smoothings_s(&self) -> RangeInclusive<f32> {
        0.0..=10.0
    }

    fn gate(&self) -> bool {
        self.settings.gate()
    }

    fn set_gate(&mut self, on: bool) {
        self.settings.set_gate(on);
    }

    fn frozen(&self) -> bool {
        self.settings.frozen()
    }

    fn set_frozen(&mut self, frozen: bool) {
        self.settings.set_frozen(frozen);
    }

    fn midi(&self) -> Option<Midi> {
        Some(Midi { on: self.midi.on, channel: self.midi.channel })
    }

    fn set_midi(&mut self, Midi { on, channel }: Midi) {
        (self.midi.on, self.midi.channel) = (on, channel);
    }

    fn streaming(&self) -> Option<bool> {
        Some(self.settings.state().streaming())
    }

    fn set_streaming(&mut self, streaming: bool) {
        self.settings.state().set_streaming(streaming);
    }

    fn threshold(&self, tag: Option<&str>) -> Option<f32> {
        Some(self.settings.state().threshold(tag))
    }

    fn set_threshold(&mut self, tag: Option<&str>, value: Option<f32>) {
        self.settings.state().set_threshold(tag, value);
    }

    fn osc(&self) -> Option<Osc> {
        Some(self.settings.state().osc())
    }

    fn set_osc(&mut self, osc: Osc) {
        self.settings.state().set_osc(osc);
    }

    fn check_address(&self, address: &str) -> Result<(), String> {
        OscChoice::check_address(address)
    }
}

/// Wishes what is remembered. What does not ship (any more) stays at what is usual.
pub(super) fn wish(settings: &Settings, remembered: &Remembered) {
    settings.set_tags(&remembered.tags);
    settings.set_tempo(Some(remembered.tempo.as_str()).filter(|&tempo| tempo != OFF));
    settings.set_rate_hz(remembered.rate_hz);
    settings.set_smoothing_s(remembered.smoothing_s);
    settings.set_gate(remembered.gate);
    if !remembered.state.is_empty() {
        // Text that is no JSON is complained of like any other state that cannot be read.
        settings.state().load(serde_json::from_str(&remembered.state).unwrap_or(serde_json::Value::Bool(false)));
    }
}

/// Remembers what is wished.
pub(super) fn remember(settings: &Settings, remembered: &mut Remembered) {
    let choice = settings.choice();
    choice.tags.clone_into(&mut remembered.tags);
    choice.tempo.unwrap_or(OFF).clone_into(&mut remembered.tempo);
    remembered.rate_hz = settings.rate_hz();
    remembered.smoothing_s = settings.smoothing_s();
    remembered.gate = settings.gate();
    remembered.state = settings.state().get().to_saved().to_string();
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;

    use super::*;

    #[test]
    fn what_is_remembered_is_wished_again() {
        let settings = Settings::new(Registry::global());
        let mut midi = MidiChoice::default();
        let mut controls = AppControls { settings: &settings, midi: &mut midi };
        controls.set_model(ModelKind::Tags, Some("mtt-vgg"));
        controls.set_model(ModelKind::Tempo, None);
        controls.set_update_rate_hz(3.5);
        controls.set_midi(Midi { on: true, channel: 7 });
        controls.set_osc(Osc { on: true, address: "127.0.0.1:7000".into(), prefix: "/stage".into() });
        let mut remembered = Remembered::default();
        remember(&settings, &mut remembered);
        let again = Settings::new(Registry::global());
        wish(&again, &remembered);
        assert_eq!((again.choice(), again.rate_hz()), (settings.choice(), 3.5));
        assert_eq!(again.state().get().osc.prefix, "/stage");
        assert_eq!((midi.on, midi.channel), (true, 7));
    }
}
