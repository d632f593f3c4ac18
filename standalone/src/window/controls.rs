//! Settings controlled by the panel: session settings and MIDI configuration.

use earmark_editor::SettingsOwner;
use earmark_panel::Midi;
use earmark_session::{SettingsSource, SharedSettings};

use super::settings::{AppSettings, MidiConfig, OFF};

/// Owner of the settings controlled by the panel.
pub(super) struct AppControls<'a> {
    pub(super) settings: &'a SharedSettings,
    pub(super) midi: &'a mut MidiConfig,
}

impl SettingsOwner for AppControls<'_> {
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
        Midi { on: self.midi.on, channel: self.midi.channel }
    }

    fn set_midi(&mut self, Midi { on, channel }: Midi) {
        (self.midi.on, self.midi.channel) = (on, channel);
    }
}

/// Applies saved settings to the session. An id that is not a built-in model leaves the model unchanged.
pub(super) fn apply(settings: &SharedSettings, saved: &AppSettings) {
    settings.set_tags(&saved.tags);
    settings.set_tempo(Some(saved.tempo.as_str()).filter(|&tempo| tempo != OFF));
    settings.set_rate_hz(saved.rate_hz);
    settings.set_smoothing_s(saved.smoothing_s);
    settings.set_gate(saved.gate);
    if !saved.state.is_empty() {
        // Text that is not JSON is reported like any other state that cannot be read.
        settings.state().load(serde_json::from_str(&saved.state).unwrap_or(serde_json::Value::Bool(false)));
    }
}

/// Stores the settings of the session in `saved`.
pub(super) fn store(settings: &SharedSettings, saved: &mut AppSettings) {
    let selection = settings.selection();
    selection.tags.clone_into(&mut saved.tags);
    selection.tempo.unwrap_or(OFF).clone_into(&mut saved.tempo);
    saved.rate_hz = settings.rate_hz();
    saved.smoothing_s = settings.smoothing_s();
    saved.gate = settings.gate();
    saved.state = settings.state().get().to_saved().to_string();
}

#[cfg(test)]
mod tests {
    use earmark_editor::SessionControls;
    use earmark_models::Registry;
    use earmark_panel::{Controls, ModelKind, OscSettings};

    use super::*;

    #[test]
    fn stored_settings_are_restored_by_apply() {
        let settings = SharedSettings::new(Registry::global());
        let mut midi = MidiConfig::default();
        let mut controls = SessionControls(AppControls { settings: &settings, midi: &mut midi });
        controls.set_model(ModelKind::Tags, Some("mtt-vgg"));
        controls.set_model(ModelKind::Tempo, None);
        controls.set_update_rate_hz(3.5);
        controls.set_midi(Midi { on: true, channel: 7 });
        controls.set_osc(OscSettings { on: true, address: "127.0.0.1:7000".into(), prefix: "/stage".into() });
        let mut saved = AppSettings::default();
        store(&settings, &mut saved);
        let again = SharedSettings::new(Registry::global());
        apply(&again, &saved);
        assert_eq!((again.selection(), again.rate_hz()), (settings.selection(), 3.5));
        assert_eq!(again.state().get().osc.prefix, "/stage");
        assert_eq!((midi.on, midi.channel), (true, 7));
    }
}
