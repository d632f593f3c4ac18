//! Settings of the panel, bound to those of a session.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Instant;

use earmark_models::TempoPreferences;
use earmark_panel::{Controls, Midi, ModelKind, OscSettings, Reports, SliderParam, TempoChange, TempoControls};
use earmark_session::SettingsSource;
use earmark_session::state::{OscConfig, ReportConfig};

use crate::choices::PanelChoices;

/// Owner of the settings of a session: changes them through host parameters, or directly.
///
/// The other settings of the panel are in the saved state; see [`SessionControls`].
pub trait SettingsOwner {
    /// Returns the settings as the session reads them.
    fn settings(&self) -> &dyn SettingsSource;

    /// Chooses the tag model; an unknown id changes nothing.
    fn set_tags(&mut self, id: &str);

    /// Chooses the tempo model, or none; an unknown id changes nothing.
    fn set_tempo(&mut self, id: Option<&str>);

    /// Sets the predictions of tags per second, in Hz.
    fn set_rate_hz(&mut self, hz: f32);

    /// Returns the range of [`SettingsOwner::set_rate_hz`] (default 1 to 20 Hz).
    fn rates_hz(&self) -> RangeInclusive<f32> {
        1.0..=20.0
    }

    /// Sets the time constant of the average, in seconds.
    fn set_smoothing_s(&mut self, seconds: f32);

    /// Returns the range of [`SettingsOwner::set_smoothing_s`] (default 0 to 10 s).
    fn smoothings_s(&self) -> RangeInclusive<f32> {
        0.0..=10.0
    }

    /// Turns the silence gate on or off.
    fn set_gate(&mut self, on: bool);

    /// Freezes the displayed and sent results, or resumes them.
    fn set_frozen(&mut self, frozen: bool);

    /// Returns the switch and the channel of the MIDI output.
    fn midi(&self) -> Midi;

    /// Sets the switch and the channel of the MIDI output.
    fn set_midi(&mut self, midi: Midi);

    /// Whether the owner has offline renders, with reports and [`SettingsOwner::set_block`] (default false).
    fn renders_offline(&self) -> bool {
        false
    }

    /// Sets whether an offline render blocks until the analysis caught up. Called only if
    /// [`SettingsOwner::renders_offline`].
    fn set_block(&mut self, _block: bool) {}

    /// Begins a gesture on a knob, for hosts that record automation.
    fn begin(&mut self, _knob: SliderParam) {}

    /// Ends a gesture on a knob.
    fn end(&mut self, _knob: SliderParam) {}
}

/// Settings of the panel on top of those of a session.
#[derive(Debug)]
pub struct SessionControls<T>(
    /// Owner of the settings.
    pub T,
);

impl<T: SettingsOwner> Controls for SessionControls<T> {
    fn model(&self, kind: ModelKind) -> Option<Arc<str>> {
        let selection = self.0.settings().selection();
        match kind {
            ModelKind::Tags => Some(selection.tags.into()),
            ModelKind::Tempo => selection.tempo.map(Into::into),
            ModelKind::Added => None,
        }
    }

    fn set_model(&mut self, kind: ModelKind, id: Option<&str>) {
        match (kind, id) {
            (ModelKind::Tags, Some(id)) => self.0.set_tags(id),
            (ModelKind::Tempo, id) => self.0.set_tempo(id),
            // A session always has a tag model.
            (ModelKind::Tags, None) | (ModelKind::Added, _) => {}
        }
    }

    fn added(&self) -> Vec<Arc<str>> {
        self.0.settings().state().added()
    }

    fn set_added(&mut self, id: &str, on: bool) {
        let settings = self.0.settings();
        settings.state().set_added(settings.registry(), id, on);
    }

    fn update_rate_hz(&self) -> f32 {
        self.0.settings().rate_hz()
    }

    fn set_update_rate_hz(&mut self, hz: f32) {
        self.0.set_rate_hz(hz);
    }

    fn update_rates_hz(&self) -> RangeInclusive<f32> {
        self.0.rates_hz()
    }

    fn smoothing_s(&self) -> f32 {
        self.0.settings().smoothing_s()
    }

    fn set_smoothing_s(&mut self, seconds: f32) {
        self.0.set_smoothing_s(seconds);
    }

    fn smoothings_s(&self) -> RangeInclusive<f32> {
        self.0.smoothings_s()
    }

    fn threshold(&self, tag: Option<&str>) -> Option<f32> {
        Some(self.0.settings().state().threshold(tag))
    }

    fn set_threshold(&mut self, tag: Option<&str>, value: Option<f32>) {
        self.0.settings().state().set_threshold(tag, value);
    }

    fn streaming(&self) -> Option<bool> {
        Some(self.0.settings().state().streaming())
    }

    fn set_streaming(&mut self, streaming: bool) {
        self.0.settings().state().set_streaming(streaming);
    }

    fn tempo_controls(&self) -> Option<TempoControls> {
        let settings = self.0.settings();
        settings.selection().tempo?;
        let TempoPreferences { octaves, range_bpm, locked_bpm, min_confidence } = settings.state().get().tempo;
        Some(TempoControls { locked: locked_bpm.is_some(), octaves, range_bpm, min_confidence })
    }

    fn change_tempo(&mut self, change: TempoChange) {
        let state = self.0.settings().state();
        match change {
            TempoChange::Half => state.change(|state| state.tempo.shift(-1)),
            TempoChange::Double => state.change(|state| state.tempo.shift(1)),
            TempoChange::Tap => state.tap_tempo(Instant::now()),
            TempoChange::Lock(on) => state.lock_tempo(on),
            TempoChange::Octaves(octaves) => state.change(|state| state.tempo.set_octaves(octaves)),
            TempoChange::Range(range_bpm) => state.change(|state| state.tempo.set_range(range_bpm)),
            TempoChange::MinConfidence(confidence) => state.change(|state| state.tempo.set_min_confidence(confidence)),
        }
    }

    fn gate(&self) -> bool {
        self.0.settings().gate()
    }

    fn set_gate(&mut self, on: bool) {
        self.0.set_gate(on);
    }

    fn frozen(&self) -> bool {
        self.0.settings().frozen()
    }

    fn set_frozen(&mut self, frozen: bool) {
        self.0.set_frozen(frozen);
    }

    fn midi(&self) -> Option<Midi> {
        Some(self.0.midi())
    }

    fn set_midi(&mut self, midi: Midi) {
        self.0.set_midi(midi);
    }

    fn block_when_behind(&self) -> Option<bool> {
        self.0.renders_offline().then(|| self.0.settings().block())
    }

    fn set_block_when_behind(&mut self, block: bool) {
        self.0.set_block(block);
    }

    fn reports(&self) -> Option<Reports> {
        self.0.renders_offline().then(|| self.0.settings().state().reports())
    }

    fn set_reports(&mut self, reports: Reports) {
        self.0.settings().state().set_reports(reports);
    }

    fn check_folder(&self, folder: &str) -> Result<(), String> {
        ReportConfig::check_folder(folder)
    }

    fn osc(&self) -> Option<OscSettings> {
        Some(self.0.settings().state().osc())
    }

    fn set_osc(&mut self, osc: OscSettings) {
        self.0.settings().state().set_osc(osc);
    }

    fn check_address(&self, address: &str) -> Result<(), String> {
        OscConfig::check_address(address)
    }

    fn begin_gesture(&mut self, param: SliderParam) {
        self.0.begin(param);
    }

    fn end_gesture(&mut self, param: SliderParam) {
        self.0.end(param);
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::Registry;
    use earmark_session::SharedSettings;

    use super::*;
    use crate::direct_settings::DirectSettings;

    /// Calls `check` with the controls of a session without a host, with or without offline renders.
    fn with_controls(renders_offline: bool, check: impl FnOnce(SessionControls<DirectSettings<'_>>)) {
        let settings = SharedSettings::new(Registry::global());
        let mut midi = Midi { on: false, channel: 1 };
        check(SessionControls(DirectSettings { settings: &settings, midi: &mut midi, renders_offline }));
    }

    #[test]
    fn set_values_are_read_back_from_the_session() {
        with_controls(true, |mut controls| {
            controls.set_model(ModelKind::Tags, Some("mtt-vgg"));
            controls.set_model(ModelKind::Tags, None);
            controls.set_model(ModelKind::Tempo, None);
            controls.set_update_rate_hz(4.0);
            controls.set_smoothing_s(0.5);
            controls.set_gate(false);
            controls.set_frozen(true);
            controls.set_midi(Midi { on: true, channel: 9 });
            controls.set_block_when_behind(false);
            controls.set_threshold(Some("rock"), Some(0.75));
            controls.set_streaming(true);
            controls.set_added("no such model", true);
            controls.change_tempo(TempoChange::Range(Some((100.0, 150.0))));
            controls.change_tempo(TempoChange::MinConfidence(0.6));
            let tempo = controls.0.settings().state().get().tempo;
            assert_eq!((tempo.range_bpm, tempo.min_confidence), (Some((100.0, 200.0)), 0.6), "an octave at least");
            let osc = OscSettings { on: true, address: "127.0.0.1:7000".into(), prefix: "/stage".into() };
            controls.set_osc(osc.clone());
            assert_eq!(controls.model(ModelKind::Tags).as_deref(), Some("mtt-vgg"), "none is no choice");
            assert_eq!((controls.model(ModelKind::Tempo), controls.model(ModelKind::Added)), (None, None));
            assert_eq!((controls.update_rate_hz(), controls.smoothing_s()), (4.0, 0.5));
            assert_eq!((controls.gate(), controls.frozen()), (false, true));
            assert_eq!(controls.midi(), Some(Midi { on: true, channel: 9 }));
            assert_eq!(controls.block_when_behind(), Some(false));
            assert_eq!((controls.threshold(Some("rock")), controls.threshold(None)), (Some(0.75), Some(0.3)));
            assert_eq!((controls.streaming(), controls.osc()), (Some(true), Some(osc)));
            assert!(controls.added().is_empty());
            assert!(controls.check_folder("music").is_err() && controls.check_address("music").is_err());
        });
    }

    #[test]
    fn session_without_offline_renders_offers_no_reports() {
        with_controls(true, |with| {
            assert_eq!((with.reports(), with.block_when_behind()), (Some(Reports::default()), Some(true)));
        });
        with_controls(false, |without| {
            assert_eq!((without.reports(), without.block_when_behind()), (None, None));
        });
    }
}
