//! Strip of a stem: meter, gain, mute and solo.

use egui::{Frame, Margin, RichText, Slider, Ui};
use nice_plug::prelude::{BoolParam, FloatParam, Param, ParamSetter};

use super::gesture::{set, slide};
use super::look::{self, Palette};
use crate::status::StreamStatus;

/// Lowest level of the meter in dBFS.
const FLOOR_DBFS: f32 = -60.0;

/// Fall of the meter in dB per second.
const FALL_DB_PER_S: f32 = 24.0;

/// Host parameters of a stem.
pub(super) struct StripParams<'a> {
    pub(super) gain: &'a FloatParam,
    pub(super) mute: &'a BoolParam,
    pub(super) solo: &'a BoolParam,
}

/// Strip with a falling meter.
pub(super) struct Strip {
    name: &'static str,
    /// Index of the stem.
    stem: usize,
    level_dbfs: f32,
}

impl Strip {
    pub(super) fn new(name: &'static str, stem: usize) -> Self {
        Self { name, stem, level_dbfs: FLOOR_DBFS }
    }

    /// Draws the strip.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        params: &StripParams<'_>,
        status: &StreamStatus,
        setter: Option<&ParamSetter<'_>>,
    ) {
        let peak_dbfs = 20.0 * status.take_peak(self.stem).max(1e-6).log10();
        let step_s = ui.input(|input| input.stable_dt).min(0.1);
        self.level_dbfs = peak_dbfs.max(self.level_dbfs - FALL_DB_PER_S * step_s).max(FLOOR_DBFS);
        if self.level_dbfs > FLOOR_DBFS {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
        }
        let palette = Palette::of(ui.visuals());
        Frame::new().fill(palette.raised).corner_radius(6).inner_margin(Margin::same(10)).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(self.name).size(look::BODY).color(palette.strong));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let name = self.name.to_lowercase();
                    for (param, text, help, color) in [
                        (params.solo, "S", format!("Solo {name}"), palette.accent),
                        (params.mute, "M", format!("Mute {name}"), palette.attention),
                    ] {
                        if look::toggle(ui, param.value(), text, &help, color) {
                            set(setter, param, !param.value());
                        }
                    }
                });
            });
            let label = format!("{} level {:.0} dBFS", self.name, self.level_dbfs);
            let share = 1.0 - self.level_dbfs / FLOOR_DBFS;
            look::meter(ui, ui.available_width(), share, self.level_dbfs > 0.0, &label);
            self.gain(ui, params.gain, setter);
        });
    }

    fn gain(&self, ui: &mut Ui, param: &FloatParam, setter: Option<&ParamSetter<'_>>) {
        ui.spacing_mut().slider_width = (ui.available_width() - 90.0).max(60.0);
        let mut position = param.unmodulated_normalized_value();
        let text = |position: f64| param.normalized_value_to_string(position as f32, true);
        let slider = Slider::new(&mut position, 0.0..=1.0)
            .custom_formatter(|position, _| text(position))
            .custom_parser(|text| param.string_to_normalized_value(text).map(f64::from));
        let response = ui.add(slider).on_hover_text(format!("{} gain; double-click for 0 dB", self.name));
        if let Some(setter) = setter {
            slide(setter, param, &response, position);
        }
    }
}
