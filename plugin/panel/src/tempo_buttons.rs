//! Buttons of the tempo: half, double, tap and lock.

use egui::accesskit::Role;
use egui::{Align2, Color32, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::widgets::{focus_ring, line};
use crate::{TempoChange, theme};

/// Draws the buttons at the left or the right edge of `row`.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>, row: Rect, scale: f32, is_left: bool) {
    let Some(now) = context.controls.tempo_controls() else { return };
    let palette = context.palette;
    let size = theme::scaled(12.0, scale);
    let lock = if now.locked { "Locked" } else { "Lock" };
    let buttons = [
        ("½", "Half tempo", TempoChange::Half, false),
        ("×2", "Double tempo", TempoChange::Double, false),
        ("Tap", "Tap the tempo", TempoChange::Tap, false),
        (lock, "Lock the tempo", TempoChange::Lock(!now.locked), now.locked),
    ];
    let widths = buttons.map(|(text, ..)| {
        ui.painter().layout_no_wrap(text.into(), theme::font(size), Color32::WHITE).size().x + 14.0 * scale
    });
    let gap = 5.0 * scale;
    let total = widths.iter().sum::<f32>() + gap * (widths.len() - 1) as f32;
    let mut x = if is_left { row.left() } else { row.right() - total };
    for ((text, name, change, on), width) in buttons.into_iter().zip(widths) {
        let rect = Rect::from_min_size(pos2(x, row.top()), vec2(width, row.height()));
        x += width + gap;
        let response = ui.interact(rect, ui.scope_id().with(name), Sense::click());
        let ink = if on || response.hovered() { palette.strong } else { palette.text };
        let fill = if on { palette.accent_dim } else { palette.ground };
        ui.painter().rect(rect, 5.0, fill, Stroke::new(1.0, palette.line), StrokeKind::Inside);
        line(ui, rect.center(), Align2::CENTER_CENTER, width, text, size, ink);
        focus_ring(ui, &response, rect);
        response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, name));
        if response.on_hover_text(name).clicked() {
            context.controls.change_tempo(change);
        }
    }
}
