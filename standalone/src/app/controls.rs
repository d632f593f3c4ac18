//! The panel's settings: those of the live part, and MIDI.

use earmark_editor::SettingsOwner;
use earmark_panel::Midi;
use earmark_session::{Settings, Wishes};

use crate::settings::{MidiChoice, OFF, Remembered};

/// Settings of the live session, and the choice of MIDI.
pub(super) struct AppSettings<'a> {
    pub(super) settings: &'a Settings,
    pub(super) midi: &'a mut MidiChoice,
}

impl SettingsOwner for AppSettings<'_> {
    fn settings(&self) -> &dyn Wishes {
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
        Midi { on: self.midi.on, channel: self.midi.channel }
    }

    fn set_midi(&mut self, Midi { on, channel }: Midi) {
        (self.midi.on, self.midi.channel) = (on, channel);
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
    use earmark_editor::SessionControls;
    use earmark_models::Registry;
    use earmark_panel::{Controls, ModelKind, Osc};

    use super::*;

    #[test]
    fn what_is_remembered_is_wished_again() {
        let settings = Settings::new(Registry::global());
        let mut midi = MidiChoice::default();
        let mut controls = SessionControls(AppSettings { settings: &settings, midi: &mut midi });
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
