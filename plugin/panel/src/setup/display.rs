//! Settings of the appearance.

use egui::Ui;

use crate::frame_context::FrameContext;
use crate::widgets::{caption, choice, switch};
use crate::{PanelLayout, Theme};

/// Draws the settings.
pub(super) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    caption(ui, "Theme");
    let themes = [(Theme::System, "System"), (Theme::Dark, "Dark"), (Theme::Light, "Light")];
    if let Some(theme) = choice(ui, context.layout.theme, &themes) {
        context.layout.theme = theme;
    }
    caption(ui, "Zoom");
    let names = ["75 %", "100 %", "125 %", "150 %", "200 %", "300 %"];
    let zooms: Vec<(f32, &str)> = PanelLayout::ZOOMS.into_iter().zip(names).collect();
    if let Some(zoom) = choice(ui, context.layout.zoom, &zooms) {
        context.set_zoom(zoom);
    }
    caption(ui, "Length of the histories (s)");
    let lengths = [(10.0, "10"), (30.0, "30"), (60.0, "60"), (180.0, "180"), (PanelLayout::MAX_LANE_S, "600")];
    if let Some(lane_s) = choice(ui, context.layout.lane_s, &lengths) {
        context.layout.lane_s = lane_s;
    }
    let shown = context.layout.key_and_loudness;
    let help = "Show key and loudness below the headline on every page. The analysis needs more CPU";
    if switch(ui, shown, "Key and loudness", help) {
        context.layout.key_and_loudness = !shown;
    }
    ui.add_space(4.0);
    if ui.button("Show on the full screen").on_hover_text("Large type for the stage (F11)").clicked() {
        context.set_stage(true);
    }
}
