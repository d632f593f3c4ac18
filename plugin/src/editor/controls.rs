//! The host's parameters as the panel's settings.

use std::ops::RangeInclusive;

use earmark_editor::{SessionControls, SettingsOwner};
use earmark_panel::{Midi, SliderParam};
use earmark_session::SettingsSource;
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::{Enum, Param, ParamSetter};

use crate::params::{EarmarkParams, TagModel, TempoModel};

/// Parameters that are changed through the host.
pub struct HostSettings<'a> {
    params: &'a EarmarkParams,
    /// None outside of a host's window: then no parameter can be changed.
    setter: Option<ParamSetter<'a>>,
}

/// Returns the panel's settings over these parameters. Without the context of a host's window the parameters stay as
/// they are; the saved choices beside them can be changed.
#[must_use]
pub fn host_controls<'a>(params: &'a EarmarkParams, host: Option<&'a GuiContext>) -> SessionControls<HostSettings<'a>> {
    SessionControls(HostSettings { params, setter: host.map(GuiContext::param_setter) })
}

impl HostSettings<'_> {
    /// A whole gesture.
    fn set<P: Param>(&self, param: &P, value: P::Plain) {
        if let Some(setter) = &self.setter {
            setter.begin_set_parameter(param);
            setter.set_parameter(param, value);
            setter.end_set_parameter(param);
        }
    }

    /// What happens between the two ends of a gesture.
    fn turn(&self, knob: SliderParam, step: impl Fn(&ParamSetter<'_>, &nice_plug::prelude::FloatParam)) {
        if let Some(setter) = &self.setter {
            step(
                setter,
                match knob {
                    SliderParam::UpdateRate => &self.params.rate,
                    SliderParam::Smoothing => &self.params.smoothing,
                },
            );
        }
    }
}

/// The variant of that id.
fn variant<T: Enum>(id: &str) -> Option<T> {
    T::ids()?.iter().position(|known| *known == id).map(T::from_index)
}

impl SettingsOwner for HostSettings<'_> {
    fn settings(&self) -> &dyn SettingsSource {
        self.params
    }

    fn set_tags(&mut self, id: &str) {
        if let Some(model) = variant::<TagModel>(id) {
            self.set(&self.params.tags, model);
        }
    }

    fn set_tempo(&mut self, id: Option<&str>) {
        if let Some(model) = id.map_or(Some(TempoModel::Off), variant::<TempoModel>) {
            self.set(&self.params.tempo, model);
        }
    }

    fn set_rate_hz(&mut self, hz: f32) {
        self.turn(SliderParam::UpdateRate, |setter, param| setter.set_parameter(param, hz));
    }

    fn rates_hz(&self) -> RangeInclusive<f32> {
        self.params.rate.preview_plain(0.0)..=self.params.rate.preview_plain(1.0)
    }

    fn set_smoothing_s(&mut self, seconds: f32) {
        self.turn(SliderParam::Smoothing, |setter, param| setter.set_parameter(param, seconds));
    }

    fn smoothings_s(&self) -> RangeInclusive<f32> {
        self.params.smoothing.preview_plain(0.0)..=self.params.smoothing.preview_plain(1.0)
    }

    fn set_gate(&mut self, on: bool) {
        self.set(&self.params.gate, on);
    }

    fn set_frozen(&mut self, frozen: bool) {
        self.set(&self.params.freeze, frozen);
    }

    fn midi(&self) -> Midi {
        let channel = self.params.midi_channel.value().clamp(1, 16) as u8;
        Midi { on: self.params.midi.value(), channel }
    }

    fn set_midi(&mut self, midi: Midi) {
        if midi.on != self.params.midi.value() {
            self.set(&self.params.midi, midi.on);
        }
        if i32::from(midi.channel) != self.params.midi_channel.value() {
            self.set(&self.params.midi_channel, i32::from(midi.channel));
        }
    }

    fn renders_offline(&self) -> bool {
        true
    }

    fn set_block(&mut self, block: bool) {
        self.set(&self.params.block, block);
    }

    fn begin(&mut self, knob: SliderParam) {
        self.turn(knob, |setter, param| setter.begin_set_parameter(param));
    }

    fn end(&mut self, knob: SliderParam) {
        self.turn(knob, |setter, param| setter.end_set_parameter(param));
    }
}

#[cfg(test)]
mod tests {
    use earmark_panel::{Controls, ModelKind, OscSettings, Reports};

    use super::*;

    #[test]
    fn settings_are_the_parameters() {
        let params = EarmarkParams::default();
        let controls = host_controls(&params, None);
        assert_eq!(controls.model(ModelKind::Tags).as_deref(), Some("msd-musicnn"));
        assert_eq!(controls.update_rates_hz(), 1.0..=20.0);
        assert_eq!(controls.smoothings_s(), 0.0..=10.0);
        assert_eq!((controls.update_rate_hz(), controls.smoothing_s()), (10.0, 2.0));
        assert_eq!(controls.midi(), Some(Midi { on: false, channel: 1 }));
        assert_eq!(variant::<TempoModel>("tempocnn-fcn"), Some(TempoModel::Fcn));
        assert_eq!(variant::<TagModel>("tempocnn-fcn"), None);
    }

    #[test]
    fn choices_that_are_no_parameters_are_in_the_state() {
        let params = EarmarkParams::default();
        let mut controls = host_controls(&params, None);
        let reports = Reports { save: true, folder: "/music".into(), ..Reports::default() };
        controls.set_reports(reports.clone());
        let osc = OscSettings { on: true, ..controls.osc().unwrap() };
        controls.set_osc(osc.clone());
        assert_eq!((controls.reports(), controls.osc()), (Some(reports), Some(osc)));
        let state = params.state.get();
        assert!(state.report.save && state.osc.on && state.report.folder.as_os_str() == "/music");
        assert!(controls.check_folder("music").is_err() && controls.check_address("music").is_err());
    }
}
