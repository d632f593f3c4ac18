//! The host's parameters and the saved choices as the panel's settings: the one source of truth.

use std::ops::RangeInclusive;
use std::sync::Arc;

use earmark_editor::PanelChoices;
use earmark_panel::{Controls, Knob, Midi, ModelKind, Osc, Reports};
use earmark_session::state::{OscChoice, ReportChoice};
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::{Enum, Param, ParamSetter};

use crate::params::{EarmarkParams, TagModel, TempoModel};

/// Reads parameters as they are, and changes them through the host; choices that are no parameters it changes itself.
pub struct HostControls<'a> {
    params: &'a EarmarkParams,
    /// None outside of a host's window: then nothing can be changed.
    setter: Option<ParamSetter<'a>>,
}

impl<'a> HostControls<'a> {
    /// Of these parameters. Without the context of a host's window parameters cannot be changed, and stay as they are.
    #[must_use]
    pub fn new(params: &'a EarmarkParams, host: Option<&'a GuiContext>) -> Self {
        Self { params, setter: host.map(GuiContext::param_setter) }
    }

    /// A whole gesture.
    fn set<P: Param>(&self, param: &P, value: P::Plain) {
        if let Some(setter) = &self.setter {
            setter.begin_set_parameter(param);
            setter.set_parameter(param, value);
            setter.end_set_parameter(param);
        }
    }

    /// What happens between the two ends of a gesture.
    fn turn(&self, knob: Knob, step: impl Fn(&ParamSetter<'_>, &nice_plug::prelude::FloatParam)) {
        if let Some(setter) = &self.setter {
            step(
                setter,
                match knob {
                    Knob::UpdateRate => &self.params.rate,
                    Knob::Smoothing => &self.params.smoothing,
                },
            );
        }
    }
}

/// The variant of that id.
fn variant<T: Enum>(id: &str) -> Option<T> {
    T::ids()?.iter().position(|known| *known == id).map(T::from_index)
}

impl Controls for HostControls<'_> {
    fn model(&self, kind: ModelKind) -> Option<Arc<str>> {
        match kind {
            ModelKind::Tags => Some(self.params.tags.value().model_id().into()),
            ModelKind::Tempo => self.params.tempo.value().model_id().map(Into::into),
            ModelKind::Added => None,
        }
    }

    fn set_model(&mut self, kind: ModelKind, id: Option<&str>) {
        match (kind, id) {
            (ModelKind::Tags, Some(id)) => {
                if let Some(model) = variant::<TagModel>(id) {
                    self.set(&self.params.tags, model);
                }
            }
            // There are always tags.
            (ModelKind::Tags, None) | (ModelKind::Added, _) => {}
            (ModelKind::Tempo, None) => self.set(&self.params.tempo, TempoModel::Off),
            (ModelKind::Tempo, Some(id)) => {
                if let Some(model) = variant::<TempoModel>(id) {
                    self.set(&self.params.tempo, model);
                }
            }
        }
    }

    fn added(&self) -> Vec<Arc<str>> {
        self.params.state.added()
    }

    fn set_added(&mut self, id: &str, on: bool) {
        self.params.state.set_added(self.params.registry(), id, on);
    }

    fn update_rate_hz(&self) -> f32 {
        self.params.rate.value()
    }

    fn set_update_rate_hz(&mut self, hz: f32) {
        self.turn(Knob::UpdateRate, |setter, param| setter.set_parameter(param, hz));
    }

    fn update_rates_hz(&self) -> RangeInclusive<f32> {
        self.params.rate.preview_plain(0.0)..=self.params.rate.preview_plain(1.0)
    }

    fn smoothing_s(&self) -> f32 {
        self.params.smoothing.value()
    }

    fn set_smoothing_s(&mut self, seconds: f32) {
        self.turn(Knob::Smoothing, |setter, param| setter.set_parameter(param, seconds));
    }

    fn smoothings_s(&self) -> RangeInclusive<f32> {
        self.params.smoothing.preview_plain(0.0)..=self.params.smoothing.preview_plain(1.0)
    }

    fn gate(&self) -> bool {
        self.params.gate.value()
    }

    fn set_gate(&mut self, on: bool) {
        self.set(&self.params.gate, on);
    }

    fn frozen(&self) -> bool {
        self.params.freeze.value()
    }

    fn set_frozen(&mut self, frozen: bool) {
        self.set(&self.params.freeze, frozen);
    }

    fn midi(&self) -> Option<Midi> {
        let channel = self.params.midi_channel.value().clamp(1, 16) as u8;
        Some(Midi { on: self.params.midi.value(), channel })
    }

    fn set_midi(&mut self, midi: Midi) {
        if midi.on != self.params.midi.value() {
            self.set(&self.params.midi, midi.on);
        }
        if i32::from(midi.channel) != self.params.midi_channel.value() {
            self.set(&self.params.midi_channel, i32::from(midi.channel));
        }
    }

    fn block_when_behind(&self) -> Option<bool> {
        Some(self.params.block.value())
    }

    fn set_block_when_behind(&mut self, block: bool) {
        self.set(&self.params.block, block);
    }

    fn reports(&self) -> Option<Reports> {
        Some(self.params.state.reports())
    }

    fn set_reports(&mut self, reports: Reports) {
        self.params.state.set_reports(reports);
    }

    fn check_folder(&self, folder: &str) -> Result<(), String> {
        ReportChoice::check_folder(folder)
    }

    fn streaming(&self) -> Option<bool> {
        Some(self.params.state.streaming())
    }

    fn set_streaming(&mut self, streaming: bool) {
        self.params.state.set_streaming(streaming);
    }

    fn threshold(&self, tag: Option<&str>) -> Option<f32> {
        Some(self.params.state.threshold(tag))
    }

    fn set_threshold(&mut self, tag: Option<&str>, value: Option<f32>) {
        self.params.state.set_threshold(tag, value);
    }

    fn osc(&self) -> Option<Osc> {
        Some(self.params.state.osc())
    }

    fn set_osc(&mut self, osc: Osc) {
        self.params.state.set_osc(osc);
    }

    fn check_address(&self, address: &str) -> Result<(), String> {
        OscChoice::check_address(address)
    }

    fn begin(&mut self, knob: Knob) {
        self.turn(knob, |setter, param| setter.begin_set_parameter(param));
    }

    fn end(&mut self, knob: Knob) {
        self.turn(knob, |setter, param| setter.end_set_parameter(param));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_the_parameters() {
        let params = EarmarkParams::default();
        let controls = HostControls::new(&params, None);
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
        let mut controls = HostControls::new(&params, None);
        let reports = Reports { save: true, folder: "/music".into(), ..Reports::default() };
        controls.set_reports(reports.clone());
        let osc = Osc { on: true, ..controls.osc().unwrap() };
        controls.set_osc(osc.clone());
        assert_eq!((controls.reports(), controls.osc()), (Some(reports), Some(osc)));
        let state = params.state.get();
        assert!(state.report.save && state.osc.on && state.report.folder.as_os_str() == "/music");
        assert!(controls.check_folder("music").is_err() && controls.check_address("music").is_err());
    }
}
