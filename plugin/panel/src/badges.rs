//! Badges of the outputs in the status line.

use egui::accesskit::Role;
use egui::{Align2, Color32, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::frame_context::FrameContext;
use crate::widgets::{focus_ring, line};
use crate::{OutputState, Section, theme};

/// Draws the badges from right to left. A click opens the settings of the outputs.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let palette = context.palette;
    let size = context.type_size(9.0);
    for badge in context.state.outputs.iter().rev() {
        let text = badge.name.to_uppercase();
        let width = ui.painter().layout_no_wrap(text.clone(), theme::font(size), Color32::WHITE).size().x;
        let (rect, response) = ui.allocate_exact_size(vec2(width + size * 1.1, size * 1.75), Sense::click());
        let (ink, edge, state, help) = match &badge.state {
            OutputState::Off => (palette.weak, palette.line, "off", format!("{} is off.", badge.name)),
            OutputState::On => (palette.accent, palette.accent, "on", format!("{} is on.", badge.name)),
            OutputState::Failed(cause) => (palette.attention, palette.attention, "failed", cause.clone()),
        };
        let edge = if response.hovered() { ink } else { edge };
        ui.painter().rect_stroke(rect, rect.height() / 2.0, Stroke::new(1.2, edge), StrokeKind::Inside);
        line(ui, rect.center(), Align2::CENTER_CENTER, rect.width(), &text, size, ink);
        if matches!(badge.state, OutputState::Failed(_)) {
            // The state is shown by a shape as well as by the colour.
            ui.painter().circle_filled(rect.right_top() + vec2(-size * 0.35, size * 0.2), size * 0.26, ink);
        }
        focus_ring(ui, &response, rect);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), format!("{}: {state}", badge.name)));
        if response.on_hover_text(format!("{help} Click for the settings.")).clicked() {
            context.open(Section::Outputs);
        }
    }
}
