//! Confidence of a pitch or a tempo.

use egui::{Align2, Pos2, Rect, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::line;

/// Maximum width in points: a bar, and the text to its right.
const MAX_WIDTH: f32 = 176.0;
/// Width of the text in points.
const TEXT_WIDTH: f32 = 86.0;

/// Draws the confidence as a bar and as text, from `at` at half height to a right edge at most.
pub(super) fn show(ui: &Ui, context: &FrameContext<'_>, at: Pos2, right: f32, confidence: f32) {
    let palette = context.palette;
    let rect = Rect::from_min_size(at - vec2(0.0, 8.0), vec2((right - at.x).min(MAX_WIDTH), 16.0));
    let text = format!("confidence {:.0} %", confidence * 100.0);
    let track = Rect::from_min_max(
        pos2(rect.left(), rect.center().y - 2.0),
        pos2(rect.right() - TEXT_WIDTH - 8.0, rect.center().y + 2.0),
    );
    ui.painter().rect_filled(track, 2.0, palette.well);
    let filled = Rect::from_min_size(track.min, vec2(track.width() * confidence.clamp(0.0, 1.0), track.height()));
    ui.painter().rect_filled(filled, 2.0, palette.accent);
    line(ui, rect.right_center(), Align2::RIGHT_CENTER, TEXT_WIDTH, &text, theme::CAPTION, palette.weak);
}
