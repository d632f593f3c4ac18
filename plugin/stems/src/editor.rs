//! Editor: stem strips, mode, latency, load and messages.

mod gesture;
mod look;
mod readings;
mod strip;

use std::sync::Arc;

use egui::{CentralPanel, ComboBox, Frame as Surface, Margin, RichText, ScrollArea, Ui};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::LogicalSize;
use nice_plug::prelude::{Param, ParamSetter, ResizeHint};
use nice_plug_egui::RepaintNotifier;
use nice_plug_egui::baseview::HandlerError;
use nice_plug_egui::resizable_window::ResizableWindow;
use nice_plug_egui::{EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, create_egui_editor};

use self::gesture::set;
use self::look::Palette;
use self::readings::Readings;
use self::strip::{Strip, StripParams};
use crate::mode::OperatingMode;
use crate::params::StemsParams;
use crate::status::StreamStatus;

/// Initial size of the window in points.
const SIZE: [f64; 2] = [440.0, 320.0];

/// Smallest size of the window in points.
const MIN_SIZE: [f64; 2] = [340.0, 240.0];

/// Editor in a window of the host. It persists while the window is closed.
pub struct StemsWindow {
    params: Arc<StemsParams>,
    status: Arc<StreamStatus>,
    strips: [Strip; 2],
    /// Context of the host while the window is open.
    host: Option<GuiContext>,
}

/// Creates the editor of an instance. Cheap.
pub(crate) fn editor(
    params: &Arc<StemsParams>,
    status: &Arc<StreamStatus>,
    repaint: &RepaintNotifier,
) -> Option<EguiEditor<StemsWindow>> {
    let size = EguiEditorState::from_size(LogicalSize::new(SIZE[0], SIZE[1]), 1.0);
    let hint = ResizeHint::resizable().with_min_logical_size(LogicalSize::new(MIN_SIZE[0] as f32, MIN_SIZE[1] as f32));
    let settings = EguiNiceSettings::default().with_tile("Earmark Stems").with_resize_hint(hint);
    create_egui_editor(size, repaint.clone(), settings, StemsWindow::new(params, status))
}

impl StemsWindow {
    /// Creates the content of the window.
    #[must_use]
    pub fn new(params: &Arc<StemsParams>, status: &Arc<StreamStatus>) -> Self {
        let strips = [Strip::new("Vocals", 0), Strip::new("Accompaniment", 1)];
        Self { params: Arc::clone(params), status: Arc::clone(status), strips, host: None }
    }

    /// Draws the editor. Without an open window of a host parameters cannot be changed.
    pub fn draw(&mut self, ui: &mut Ui) {
        look::apply(ui);
        let readings = Readings::of(&self.status);
        let host = self.host.clone();
        let setter = host.as_ref().map(GuiContext::param_setter);
        let setter = setter.as_ref();
        let (edge, ground) = (Margin::same(look::EDGE as i8), Palette::of(ui.visuals()).ground);
        CentralPanel::default().frame(Surface::new().fill(ground).inner_margin(edge)).show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| {
                self.header(ui, setter);
                ui.add_space(8.0);
                let params = &self.params;
                let of_stem = [
                    StripParams { gain: &params.vocal_gain, mute: &params.vocal_mute, solo: &params.vocal_solo },
                    StripParams {
                        gain: &params.accompaniment_gain,
                        mute: &params.accompaniment_mute,
                        solo: &params.accompaniment_solo,
                    },
                ];
                for (strip, params) in self.strips.iter_mut().zip(of_stem) {
                    strip.show(ui, &params, &self.status, setter);
                    ui.add_space(6.0);
                }
                readings.show(ui);
            });
        });
    }

    fn header(&self, ui: &mut Ui, setter: Option<&ParamSetter<'_>>) {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Stems").size(look::HEADING).color(palette.strong));
            ui.add_space(6.0);
            let mode = self.params.mode.value();
            ComboBox::from_id_salt("mode").selected_text(mode.label()).width(110.0).show_ui(ui, |ui| {
                for choice in OperatingMode::ALL {
                    let text =
                        self.params.mode.normalized_value_to_string(self.params.mode.preview_normalized(choice), false);
                    if ui.selectable_label(choice == mode, text).clicked() && choice != mode {
                        set(setter, &self.params.mode, choice);
                    }
                }
            });
            for (param, text, help) in [
                (&self.params.eco, "Eco", "Run one of the two networks: half of the load, 0.3 to 0.7 dB less"),
                (&self.params.bypass, "Bypass", "Pass the input through, with the same latency"),
            ] {
                if look::toggle(ui, param.value(), text, help, palette.accent) {
                    set(setter, param, !param.value());
                }
            }
        });
    }
}

impl NiceEguiApp for StemsWindow {
    fn build(&mut self, _context: egui::Context, host: GuiContext, _frame: &mut Frame) -> Result<(), HandlerError> {
        self.host = Some(host);
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        let min_size = egui::vec2(MIN_SIZE[0] as f32, MIN_SIZE[1] as f32);
        ResizableWindow::new("earmark-stems").min_size(min_size).show(ui, |ui| self.draw(ui));
    }

    fn editor_closed(&mut self) {
        self.host = None;
    }
}
