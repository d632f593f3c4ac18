//! Four lights for the beats of a bar.

use egui::accesskit::Role;
use egui::{Color32, Rect, Ui, pos2, vec2};

use crate::BeatPhase;
use crate::frame_context::FrameContext;
use crate::theme::Palette;
use crate::widgets::describe;

/// Number of lights.
const BEATS: u8 = 4;

/// Draws the lights as dots at the left or the right edge of `row`.
pub(crate) fn dots(ui: &Ui, context: &FrameContext<'_>, row: Rect, beat: BeatPhase, is_left: bool) {
    let radius = row.height() * 0.38;
    let step = row.height() * 1.5;
    let first = if is_left { row.left() + radius } else { row.right() - radius - step * f32::from(BEATS - 1) };
    for light in 1..=BEATS {
        let at = pos2(first + step * f32::from(light - 1), row.center().y);
        ui.painter().circle_filled(at, radius, ink(context.palette, beat, light));
    }
    self::accessible(ui, row, beat);
}

/// Draws the lights as bars over the whole width of `row`.
pub(crate) fn bars(ui: &Ui, context: &FrameContext<'_>, row: Rect, beat: BeatPhase) {
    let gap = row.width() * 0.016;
    let width = (row.width() - gap * f32::from(BEATS - 1)) / f32::from(BEATS);
    for light in 1..=BEATS {
        let at = row.min + vec2((width + gap) * f32::from(light - 1), 0.0);
        let bar = Rect::from_min_size(at, vec2(width, row.height()));
        ui.painter().rect_filled(bar, row.height() / 2.0, ink(context.palette, beat, light));
    }
    self::accessible(ui, row, beat);
}

/// Returns the colour of a light. The light of the current beat fades during the beat.
fn ink(palette: &Palette, beat: BeatPhase, light: u8) -> Color32 {
    let share = if beat.beat == light { 1.0 - 0.6 * beat.phase.clamp(0.0, 1.0) } else { 0.0 };
    palette.well.lerp_to_gamma(palette.accent, share)
}

fn accessible(ui: &Ui, row: Rect, beat: BeatPhase) {
    describe(ui, row, "beat", Role::Status, || format!("Beat {} of {BEATS}", beat.beat));
}
