//! Two values as a point on an XY plot, with a trail of past values.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

use super::card::{accessible_stale_reason, value};
use super::recent_history::{Point, RecentHistory};
use super::value_bars::number;
use crate::ModelReading;
use crate::family::Family;
use crate::frame_context::FrameContext;
use crate::labels::DisplayLabel;
use crate::theme;
use crate::widgets::{describe, line};

/// Maximum side of the square in points.
const SIDE: f32 = 236.0;
/// Length of the trail in seconds.
const TRAIL_S: f64 = 20.0;
/// Longest distance of two points that are joined, in seconds.
const GAP_S: f64 = 3.0;

/// Draws the plot with the first value on the x axis and the second on the y axis, and both as text below.
pub(super) fn show(
    ui: &mut Ui,
    context: &FrameContext<'_>,
    reading: &ModelReading,
    history: &RecentHistory,
    axes: [usize; 2],
    [low, high]: [f32; 2],
) {
    let palette = context.palette;
    let unit = context.unit();
    let side = ui.available_width().min(SIDE * unit);
    let (whole, _) = ui.allocate_exact_size(vec2(ui.available_width(), side + 24.0 * unit), Sense::hover());
    let square = Rect::from_min_size(pos2(whole.center().x - side / 2.0, whole.top()), vec2(side, side));
    self::ground(ui, context, square);
    let name =
        |axis: usize| reading.value.labels.get(axis).map(|label| DisplayLabel::of(label).written()).unwrap_or_default();
    let [across, up] = axes.map(name);
    // Below the moods of the quadrants.
    let top = square.center_top() + vec2(6.0, 22.0 * unit);
    line(ui, top, Align2::LEFT_TOP, 60.0 * unit, &up, theme::CAPTION * context.unit(), palette.weak);
    let right = square.right_center() + vec2(-6.0, 3.0);
    line(ui, right, Align2::RIGHT_TOP, 60.0 * unit, &across, theme::CAPTION * context.unit(), palette.weak);

    let mood = palette.family(Family::Mood);
    let within = square.shrink(7.0);
    let place = |[x, y]: [f32; 2]| {
        let share = |value: f32| ((value - low) / (high - low).max(f32::EPSILON)).clamp(0.0, 1.0);
        pos2(within.left() + share(x) * within.width(), within.bottom() - share(y) * within.height())
    };
    let at = |point: &Point| -> Option<Pos2> { Some(place([point.of(axes[0])?.value, point.of(axes[1])?.value])) };
    let clip = ui.painter().with_clip_rect(square.intersect(ui.clip_rect()));
    let points = history.last(reading.end_s, TRAIL_S);
    for (from, to) in points.clone().zip(points.skip(1)) {
        let (Some(begin), Some(end)) = (at(from), at(to)) else { continue };
        if to.end_s - from.end_s <= GAP_S {
            let age = ((reading.end_s - to.end_s) / TRAIL_S) as f32;
            // Opaque mixed colours: overlapping ends of translucent segments would be visible.
            let ink = palette.ground.lerp_to_gamma(mood, (1.0 - age).powi(2) * 0.9);
            clip.line_segment([begin, end], Stroke::new((1.0 + 2.0 * (1.0 - age)) * unit, ink));
        }
    }
    let now = axes.map(|axis| value(reading, axis));
    if reading.value.values.len() > axes[0].max(axes[1]) {
        ui.painter().circle(place(now), 6.5 * unit, mood, Stroke::new(2.0, palette.strong));
    }
    let written = |index: usize| format!("{} {}", [&across, &up][index], number(now[index], [low, high]));
    let text = format!("{}   {}", written(0), written(1));
    let scale = format!("of {} to {}", number(low, [low, high]), number(high, [low, high]));
    let below = pos2(square.left(), square.bottom() + 14.0 * unit);
    let end =
        line(ui, below, Align2::LEFT_CENTER, side - 50.0 * unit, &text, theme::CAPTION * context.unit(), palette.text);
    let room = square.right() - end.right() - 8.0;
    line(
        ui,
        pos2(square.right(), below.y),
        Align2::RIGHT_CENTER,
        room,
        &scale,
        theme::CAPTION * context.unit(),
        palette.weak,
    );
    describe(ui, whole, "plane", Role::Image, || {
        let [x, y] = now.map(|value| value > f32::midpoint(low, high));
        let quadrant = QUADRANTS.iter().find(|(right, up, ..)| (*right, *up) == (x, y)).map_or("", |(.., moods)| moods);
        format!("{}, {}, {scale}: {quadrant}{}", written(0), written(1), accessible_stale_reason(reading))
    });
}

/// Right half, upper half and moods of the quadrants.
const QUADRANTS: [(bool, bool, &str); 4] = [
    (false, true, "tense, angry"),
    (true, true, "excited, happy"),
    (false, false, "sad, depressed"),
    (true, false, "calm, content"),
];

fn ground(ui: &Ui, context: &FrameContext<'_>, square: Rect) {
    let (palette, painter) = (context.palette, ui.painter());
    painter.rect(square, 4.0, palette.ground, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    painter.hline(square.x_range(), square.center().y, Stroke::new(1.0, palette.line));
    painter.vline(square.center().x, square.y_range(), Stroke::new(1.0, palette.line));
    let inner = square.shrink(7.0);
    for (right, up, moods) in QUADRANTS {
        let x = if right { inner.right() } else { inner.left() };
        let (y, anchor) = match (right, up) {
            (false, true) => (inner.top(), Align2::LEFT_TOP),
            (true, true) => (inner.top(), Align2::RIGHT_TOP),
            (false, false) => (inner.bottom(), Align2::LEFT_BOTTOM),
            (true, false) => (inner.bottom(), Align2::RIGHT_BOTTOM),
        };
        line(ui, pos2(x, y), anchor, inner.width() * 0.36, moods, theme::CAPTION * context.unit(), palette.weak);
    }
}
