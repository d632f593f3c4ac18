//! Values on a numeric scale as bars.

use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::card::{accessible_stale_reason, value};
use crate::ModelReading;
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::theme;
use crate::widgets::{describe, line};

const ROW: f32 = 25.0;
const NUMBER: f32 = 40.0;

/// Returns a number with decimals that suit the range of its scale.
pub(super) fn number(value: f32, [low, high]: [f32; 2]) -> String {
    match high - low {
        range if range <= 2.0 => format!("{value:.2}"),
        range if range <= 30.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Draws a bar for each value, and the limits of the scale below.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, reading: &ModelReading, [low, high]: [f32; 2]) {
    let (palette, unit) = (context.palette, context.unit());
    let (row_height, number_width) = (ROW * unit, NUMBER * unit);
    let size = vec2(ui.available_width(), row_height * reading.value.labels.len() as f32 + 14.0 * unit);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let names = (size.x * 0.38).clamp(84.0, 150.0 * unit);
    let (left, right) = (rect.left() + names, rect.right() - number_width);
    for (index, label) in reading.value.labels.iter().enumerate() {
        let row = Rect::from_min_size(rect.min + vec2(0.0, row_height * index as f32), vec2(size.x, row_height));
        let (name, now) = (DisplayLabel::of(label).written(), value(reading, index));
        line(
            ui,
            row.left_center(),
            Align2::LEFT_CENTER,
            names - 10.0,
            &name,
            theme::BODY * context.unit(),
            palette.text,
        );
        let track = Rect::from_x_y_ranges(left..=right, row.center().y - 4.5 * unit..=row.center().y + 4.5 * unit);
        let share = ((now - low) / (high - low).max(f32::EPSILON)).clamp(0.0, 1.0);
        let share = ui.ctx().animate_value_with_time(ui.scope_id().with(("scale", index)), share, 0.15);
        let at = track.left() + share * track.width();
        ui.painter().rect_filled(track, 2.5, palette.well);
        ui.painter().rect_filled(
            Rect::from_x_y_ranges(left..=at.max(left + 2.0), track.y_range()),
            2.5,
            palette.accent,
        );
        let text = number(now, [low, high]);
        line(
            ui,
            row.right_center(),
            Align2::RIGHT_CENTER,
            number_width,
            &text,
            theme::CAPTION * context.unit(),
            palette.strong,
        );
        describe(ui, row, &format!("scale {index}"), Role::Meter, || {
            format!(
                "{name}: {text} of {} to {}{}",
                number(low, [low, high]),
                number(high, [low, high]),
                accessible_stale_reason(reading)
            )
        });
    }
    for (x, value, anchor) in [(left, low, Align2::LEFT_BOTTOM), (right, high, Align2::RIGHT_BOTTOM)] {
        let text = number(value, [low, high]);
        line(ui, pos2(x, rect.bottom()), anchor, 60.0 * unit, &text, theme::CAPTION * context.unit(), palette.weak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_has_decimals_for_its_scale() {
        for (value, scale, expected) in
            [(0.5, [0.0, 1.0], "0.50"), (5.26, [1.0, 9.0], "5.3"), (61.2, [0.0, 100.0], "61")]
        {
            assert_eq!(number(value, scale), expected);
        }
    }
}
