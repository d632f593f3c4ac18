//! Tempo: detected value, confidence, half and double, tempo of the host, and a curve.

use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::theme;
use crate::widgets::{describe, line};
use crate::{ModelKind, Status};

/// Maximum width of the confidence, in points: a bar, and the text to its right.
pub(crate) const MAX_CONFIDENCE_WIDTH: f32 = 176.0;

/// Width of the text of the confidence, in points.
const CONFIDENCE_TEXT_WIDTH: f32 = 86.0;

/// Returns the height of the section in points; `low` selects the compact layout.
pub(crate) fn height(low: bool) -> f32 {
    if low { 46.0 } else { 84.0 }
}

/// Relation of the detected tempo to the tempo of the host.
#[derive(Debug, PartialEq, Eq)]
enum Relation {
    Same,
    Half,
    Double,
    Other,
}

/// Returns the relation within 2 %, which is about the resolution of the tempo models.
fn relation(host_bpm: f64, detected_bpm: f64) -> Relation {
    let near = |target: f64| (detected_bpm - target).abs() <= 0.02 * target;
    match () {
        () if near(host_bpm) => Relation::Same,
        () if near(host_bpm / 2.0) => Relation::Half,
        () if near(host_bpm * 2.0) => Relation::Double,
        () => Relation::Other,
    }
}

/// Draws the section over the whole width.
pub(crate) fn show(ui: &mut Ui, context: &FrameContext<'_>, low: bool) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height(low)), Sense::hover());
    let fresh = context.is_current() || context.controls.frozen();
    let size = if low { 32.0 } else { theme::DISPLAY };
    let number_width = if low { 64.0 } else { 104.0 };
    let bottom = rect.bottom() - if low { 8.0 } else { 12.0 };
    let (number, size) = match context.tempo {
        Some(tempo) => (format!("{:.0}", tempo.value.bpm), size),
        None => ("– –".into(), size * 0.6),
    };
    let ink = if context.tempo.is_some() && fresh { palette.strong } else { palette.weak };
    // The digits have the same base line as the small text.
    let digits =
        line(ui, pos2(rect.left(), bottom + size * 0.2), Align2::LEFT_BOTTOM, number_width, &number, size, ink);
    let left = rect.left() + number_width;
    line(ui, pos2(digits.right() + 7.0, bottom), Align2::LEFT_BOTTOM, 40.0, "BPM", theme::CAPTION, palette.weak);
    describe(ui, Rect::from_min_max(rect.min, pos2(left + 28.0, rect.bottom())), "bpm", Role::Status, || match context
        .tempo
    {
        Some(tempo) => format!(
            "Tempo {:.0} BPM, confidence {:.0} %, detected {:.1} s ago",
            tempo.value.bpm,
            tempo.value.confidence * 100.0,
            tempo.age_s
        ),
        None => "No tempo yet".into(),
    })
    .on_hover_ui(|ui| {
        let age = context.tempo.map(|tempo| format!(", {:.1} s ago", tempo.age_s)).unwrap_or_default();
        ui.label(format!("Tempo detected in about 12 s of audio{age}"));
    });

    let left = left + 40.0;
    let lines_right = if rect.width() > 430.0 { left + MAX_CONFIDENCE_WIDTH } else { rect.right() };
    let width = lines_right - left;
    let rows: [f32; 3] = if low { [13.0, 30.0, 30.0] } else { [16.0, 40.0, 62.0] };
    let row = |index: usize| pos2(left, rect.top() + rows[index]);
    match context.tempo {
        Some(tempo) => {
            let host = host(context, f64::from(tempo.value.bpm));
            line(ui, row(0), Align2::LEFT_CENTER, width, &host, theme::BODY, palette.text);
            describe(
                ui,
                Rect::from_center_size(row(0) + vec2(width / 2.0, 0.0), vec2(width, 16.0)),
                "host",
                Role::Label,
                || host.clone(),
            );
            confidence(
                ui,
                Rect::from_min_size(row(1) - vec2(0.0, 8.0), vec2(width.min(MAX_CONFIDENCE_WIDTH), 16.0)),
                context,
                tempo.value.confidence,
            );
            if !low {
                let others: Vec<String> =
                    tempo.value.alternatives.iter().map(|other| alternative(tempo.value.bpm, *other)).collect();
                let others = if others.is_empty() { "no half or double tempo".into() } else { others.join("  ·  ") };
                line(ui, row(2), Align2::LEFT_CENTER, width, &others, theme::BODY, palette.weak);
                let place = Rect::from_center_size(row(2) + vec2(width / 2.0, 0.0), vec2(width, 16.0));
                describe(ui, place, "alternatives", Role::Label, || others.clone())
                    .on_hover_text("The same music counted at half or double tempo, most likely first");
            }
        }
        None => {
            let text = placeholder_text(context);
            // Without a confidence bar the lines are next to the number.
            let row = |index: usize| row(if low { index } else { index + 1 });
            line(ui, row(0), Align2::LEFT_CENTER, width, &text, theme::BODY, palette.weak);
            describe(
                ui,
                Rect::from_center_size(row(0) + vec2(width / 2.0, 0.0), vec2(width, 16.0)),
                "wait",
                Role::Label,
                || text.clone(),
            );
            if let Some(host_bpm) = host_bpm(context) {
                let host = format!("host {host_bpm:.0}");
                line(ui, row(1), Align2::LEFT_CENTER, width, &host, theme::BODY, palette.text);
            }
        }
    }
    if lines_right + 40.0 < rect.right() {
        let curve = Rect::from_min_max(pos2(lines_right + 16.0, rect.top() + 8.0), pos2(rect.right(), bottom));
        self::curve(ui, curve, context);
    }
}

fn placeholder_text(context: &FrameContext<'_>) -> String {
    match (context.controls.model(ModelKind::Tempo), context.state.tempo_warm_up) {
        (None, _) => "Tempo is off".into(),
        (_, Some(warm_up)) => format!("Tempo in {:.0} s", (warm_up.required_s - warm_up.buffered_s).max(0.0).ceil()),
        _ => "No tempo yet".into(),
    }
}

/// Returns the tempo of the host, if it is a valid number.
fn host_bpm(context: &FrameContext<'_>) -> Option<f64> {
    context.state.host_bpm.filter(|bpm| bpm.is_finite() && *bpm > 0.0)
}

fn host(context: &FrameContext<'_>, detected_bpm: f64) -> String {
    let Some(host_bpm) = host_bpm(context) else { return format!("detected {detected_bpm:.0}") };
    let suffix = match relation(host_bpm, detected_bpm) {
        Relation::Half => " (½)",
        Relation::Double => " (×2)",
        Relation::Same | Relation::Other => "",
    };
    format!("host {host_bpm:.0}, detected {detected_bpm:.0}{suffix}")
}

fn alternative(bpm: f32, other: crate::AlternativeTempo) -> String {
    format!("{} {:.0}", if other.bpm < bpm { "half" } else { "double" }, other.bpm)
}

/// Draws the confidence as a bar and as text.
pub(crate) fn confidence(ui: &Ui, rect: Rect, context: &FrameContext<'_>, confidence: f32) {
    let palette = context.palette;
    let text = format!("confidence {:.0} %", confidence * 100.0);
    let track = Rect::from_min_max(
        pos2(rect.left(), rect.center().y - 2.0),
        pos2(rect.right() - CONFIDENCE_TEXT_WIDTH - 8.0, rect.center().y + 2.0),
    );
    ui.painter().rect_filled(track, 2.0, palette.well);
    let filled = Rect::from_min_size(track.min, vec2(track.width() * confidence.clamp(0.0, 1.0), track.height()));
    ui.painter().rect_filled(filled, 2.0, palette.accent);
    line(ui, rect.right_center(), Align2::RIGHT_CENTER, CONFIDENCE_TEXT_WIDTH, &text, theme::CAPTION, palette.weak);
}

/// Draws the tempo over the time range of the lane.
fn curve(ui: &Ui, rect: Rect, context: &FrameContext<'_>) {
    let palette = context.palette;
    let (end_s, length_s) = (context.display_end_s, f64::from(context.layout.lane_s));
    let points: Vec<_> = context.history.tempi(end_s - length_s, end_s).collect();
    let (low, high) = points.iter().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.bpm), high.max(p.bpm)));
    if points.len() < 2 {
        return;
    }
    // The range is at least 10 BPM, so that a steady tempo looks steady.
    let (middle, half) = ((low + high) / 2.0, ((high - low) / 2.0).max(5.0) * 1.15);
    let plot = Rect::from_min_max(rect.min, pos2(rect.right() - 26.0, rect.bottom()));
    let place = |point: &crate::TempoPoint| {
        let x = plot.right() - ((end_s - point.display_s) / length_s) as f32 * plot.width();
        pos2(x, plot.center().y - (point.bpm - middle) / half * plot.height() / 2.0)
    };
    for (bpm, y, anchor) in
        [(middle + half, plot.top(), Align2::RIGHT_TOP), (middle - half, plot.bottom(), Align2::RIGHT_BOTTOM)]
    {
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, palette.line));
        line(ui, pos2(rect.right(), y), anchor, 26.0, &format!("{bpm:.0}"), theme::CAPTION, palette.weak);
    }
    ui.painter().line(points.iter().map(place).collect(), Stroke::new(1.6, palette.accent));
    if let (Some(last), Status::Listening) = (points.last(), &context.state.status) {
        ui.painter().circle_filled(place(last), 3.0, palette.accent);
    }
    let text = || format!("Tempo over the last {length_s:.0} s, from {low:.0} to {high:.0} BPM");
    describe(ui, rect, "tempo-curve", Role::Image, text).on_hover_text(text());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relation_detects_half_and_double_of_the_host_tempo() {
        for (host, detected, expected) in [
            (120.0, 121.0, Relation::Same),
            (120.0, 124.0, Relation::Other),
            (120.0, 60.0, Relation::Half),
            (90.0, 181.0, Relation::Double),
        ] {
            assert_eq!(relation(host, detected), expected, "{host} and {detected}");
        }
    }
}
