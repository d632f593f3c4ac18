//! Curve of the tempo over the range of the history.

use egui::accesskit::Role;
use egui::{Align2, Rect, Stroke, Ui, pos2};

use crate::frame_context::FrameContext;
use crate::history::TempoPoint;
use crate::theme;
use crate::widgets::{describe, line};

/// Whether there are enough tempi for a curve.
pub(crate) fn has_content(context: &FrameContext<'_>) -> bool {
    points(context).nth(1).is_some()
}

fn points<'a>(context: &FrameContext<'a>) -> impl Iterator<Item = TempoPoint> + use<'a> {
    let (end_s, length_s) = (context.display_end_s, f64::from(context.layout.lane_s));
    context.history.tempi(end_s - length_s, end_s)
}

/// Draws the curve.
pub(crate) fn show(ui: &Ui, context: &FrameContext<'_>, rect: Rect) {
    let palette = context.palette;
    let (end_s, length_s) = (context.display_end_s, f64::from(context.layout.lane_s));
    let points: Vec<TempoPoint> = points(context).collect();
    let (low, high) = points.iter().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.bpm), high.max(p.bpm)));
    if points.len() < 2 {
        return;
    }
    // The range is at least 10 BPM, so that a steady tempo looks steady.
    let (middle, half) = ((low + high) / 2.0, ((high - low) / 2.0).max(5.0) * 1.15);
    let size = context.type_size(theme::CAPTION);
    let plot = Rect::from_min_max(rect.min, pos2(rect.right() - size * 3.0, rect.bottom() - 4.0));
    let place = |point: &TempoPoint| {
        let x = plot.right() - ((end_s - point.display_s) / length_s) as f32 * plot.width();
        pos2(x, plot.center().y - (point.bpm - middle) / half * plot.height() / 2.0)
    };
    for (bpm, y, anchor) in
        [(middle + half, plot.top(), Align2::RIGHT_TOP), (middle - half, plot.bottom(), Align2::RIGHT_BOTTOM)]
    {
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, palette.line));
        line(ui, pos2(rect.right(), y), anchor, size * 3.0, &format!("{bpm:.0}"), size, palette.weak);
    }
    ui.painter().line(points.iter().map(place).collect(), Stroke::new(1.6 * context.scale, palette.accent));
    let text = || format!("Tempo over the last {length_s:.0} s, from {low:.0} to {high:.0} BPM");
    describe(ui, rect, "tempo-curve", Role::Image, text).on_hover_text(text());
}
