//! Widgets of the strips, beside those of the panel.

use earmark_panel::Theme;
use egui::accesskit::Role;
use egui::{Color32, Rect, RichText, Sense, Stroke, Ui, WidgetInfo, vec2};

pub(super) use earmark_panel::kit::{BODY, EDGE, HEADING, Palette, attention, caption};

/// Sets the style of the panel.
pub(super) fn apply(ui: &mut Ui) {
    earmark_panel::kit::apply(ui, Theme::Dark);
}

/// Draws a button that stays pressed while `on`. Returns true when it is clicked.
pub(super) fn toggle(ui: &mut Ui, on: bool, text: &str, help: &str, fill: Color32) -> bool {
    let palette = Palette::of(ui.visuals());
    let (ink, fill) = if on { (palette.ground, fill) } else { (palette.text, palette.well) };
    let button = egui::Button::new(RichText::new(text).color(ink)).fill(fill).min_size(vec2(26.0, 24.0));
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::selected(Role::Switch, ui.is_enabled(), on, help));
    response.on_hover_text(help).clicked()
}

/// Draws a meter of a level, as a share of its scale of three equal parts, with its label for the accessibility tree.
pub(super) fn meter(ui: &mut Ui, width: f32, share: f32, clips: bool, label: &str) {
    let palette = Palette::of(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(width, 10.0), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, palette.well);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(filled, 2.0, if clips { palette.attention } else { palette.accent });
    for mark in [1.0 / 3.0, 2.0 / 3.0] {
        ui.painter().vline(rect.left() + mark * rect.width(), rect.y_range(), Stroke::new(1.0, palette.ground));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, label));
    response.on_hover_text(label);
}
