//! Transfer between the settings of a session and those that the app saves.

use earmark_panel::Midi;
use earmark_session::{SettingsSource, SharedSettings};

use crate::app_settings::{AppSettings, MidiConfig, OFF};

/// Applies saved settings to the session. An id that is not a built-in model leaves the model unchanged.
pub(super) fn apply(settings: &SharedSettings, saved: &AppSettings) {
    settings.set_tags(&saved.tags);
    settings.set_tempo(Some(saved.tempo.as_str()).filter(|&tempo| tempo != OFF));
    settings.set_rate_hz(saved.rate_hz);
    settings.set_smoothing_s(saved.smoothing_s);
    settings.set_gate(saved.gate);
    saved.load_state(settings);
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

/// Returns the part of the MIDI configuration that the panel shows.
pub(super) fn midi_output(config: &MidiConfig) -> Midi {
    Midi { on: config.on, channel: config.channel }
}

/// Sets the part of the MIDI configuration that the panel shows.
pub(super) fn set_midi_output(config: &mut MidiConfig, Midi { on, channel }: Midi) {
    (config.on, config.channel) = (on, channel);
}

#[cfg(test)]
mod tests {
    use earmark_editor::{DirectSettings, SessionControls};
    use earmark_models::Registry;
    use earmark_panel::{Controls, ModelKind, OscSettings};

    use super::*;

    #[test]
    fn stored_settings_are_restored_by_apply() {
        let settings = SharedSettings::new(Registry::global());
        let mut saved_midi = MidiConfig::default();
        let mut midi = midi_output(&saved_midi);
        let owner = DirectSettings { settings: &settings, midi: &mut midi, renders_offline: false };
        let mut controls = SessionControls(owner);
        controls.set_model(ModelKind::Tags, Some("mtt-vgg"));
        controls.set_model(ModelKind::Tempo, None);
        controls.set_update_rate_hz(3.5);
        controls.set_midi(Midi { on: true, channel: 7 });
        controls.set_osc(OscSettings { on: true, address: "127.0.0.1:7000".into(), prefix: "/stage".into() });
        set_midi_output(&mut saved_midi, midi);
        let mut saved = AppSettings::default();
        store(&settings, &mut saved);
        let again = SharedSettings::new(Registry::global());
        apply(&again, &saved);
        assert_eq!((again.selection(), again.rate_hz()), (settings.selection(), 3.5));
        assert_eq!(again.state().get().osc.prefix, "/stage");
        assert_eq!((saved_midi.on, saved_midi.channel), (true, 7));
    }
}
