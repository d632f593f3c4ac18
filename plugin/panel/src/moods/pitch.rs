//! Pitch: note, distance from the note, confidence and a curve of the last seconds.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Align2, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::card::{accessible_stale_reason, value};
use super::confidence;
use super::recent_history::RecentHistory;
use crate::frame_context::FrameContext;
use crate::notes::{midi_note, note_name};
use crate::widgets::{describe, line};
use crate::{ModelReading, theme};

/// Length of the curve in seconds.
const LENGTH_S: f64 = 10.0;
/// Longest distance of two points that are joined, in seconds.
const GAP_S: f64 = 1.0;
const CURVE: f32 = 84.0;
const NOTE: f32 = 28.0;

/// Returns the name of the note nearest to a frequency, and the distance of the frequency above it in cents, -50 to 50.
fn nearest_note(names: &[Arc<str>], hz: f32) -> (String, f32) {
    let exact = midi_note(hz);
    let nearest = exact.round();
    (note_name(names, nearest as i32), (exact - nearest) * 100.0)
}

pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, reading: &ModelReading, history: &RecentHistory) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0 + CURVE), Sense::hover());
    let (hz, certainty) = (value(reading, 0), value(reading, 1));
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), 40.0));
    let text = if hz > 0.0 && !reading.silent {
        let (name, cents) = nearest_note(&context.state.note_names, hz);
        line(ui, head.left_center(), Align2::LEFT_CENTER, 66.0, &name, NOTE, palette.strong);
        let left = head.left() + 70.0;
        let (hertz, cents) = (format!("{hz:.1} Hz"), format!("{cents:+.0} cents"));
        line(ui, pos2(left, head.top() + 11.0), Align2::LEFT_CENTER, 70.0, &hertz, theme::BODY, palette.text);
        line(ui, pos2(left, head.top() + 29.0), Align2::LEFT_CENTER, 70.0, &cents, theme::CAPTION, palette.weak);
        confidence::show(ui, context, pos2(left + 84.0, head.center().y), head.right(), certainty);
        format!("{name}, {hertz}, {cents}, confidence {:.0} %", certainty * 100.0)
    } else {
        line(ui, head.left_center(), Align2::LEFT_CENTER, 66.0, "– –", NOTE * 0.6, palette.weak);
        "no pitch".into()
    };
    describe(ui, head, "pitch", Role::Status, || format!("Pitch: {text}{}", accessible_stale_reason(reading)));
    self::curve(ui, Rect::from_min_max(head.left_bottom() + vec2(0.0, 4.0), rect.max), context, reading, history);
}

/// Draws the curve. The vertical range is whole octaves, so that it changes rarely.
fn curve(ui: &Ui, rect: Rect, context: &FrameContext<'_>, reading: &ModelReading, history: &RecentHistory) {
    let (palette, names) = (context.palette, &*context.state.note_names);
    let plot = Rect::from_min_max(rect.min, pos2(rect.right() - 24.0, rect.bottom()));
    ui.painter().rect_filled(plot, 3.0, palette.ground);
    let points: Vec<(f64, f32, f32)> = history
        .last(reading.end_s, LENGTH_S)
        .filter_map(|point| Some((point.end_s, point.of(0)?.value, point.of(1)?.value)))
        .filter(|(_, hz, _)| *hz > 0.0)
        .map(|(end_s, hz, confidence)| (end_s, midi_note(hz), confidence.clamp(0.0, 1.0)))
        .collect();
    let certain = || points.iter().filter(|(.., confidence)| *confidence >= 0.5).map(|(_, key, _)| *key);
    let (lowest, highest) = certain().fold((f32::MAX, f32::MIN), |(low, high), key| (low.min(key), high.max(key)));
    let (low, high) = if lowest > highest { (48.0, 72.0) } else { (lowest, highest) };
    let low = (low / 12.0).floor() * 12.0;
    let high = ((high / 12.0).ceil() * 12.0).max(low + 12.0);
    let y = |key: f32| plot.bottom() - (key - low) / (high - low) * plot.height();
    // Each octave has a line; as many octaves as fit have a label.
    let octaves = ((high - low) / 12.0) as usize;
    let every = (octaves + 1).div_ceil(5).max(1);
    for octave in 0..=octaves {
        let key = low + 12.0 * octave as f32;
        if octave > 0 && octave < octaves {
            ui.painter().hline(plot.x_range(), y(key), Stroke::new(1.0, palette.line));
        }
        if octave % every == 0 {
            let anchor = match octave {
                0 => Align2::RIGHT_BOTTOM,
                _ if octave == octaves => Align2::RIGHT_TOP,
                _ => Align2::RIGHT_CENTER,
            };
            let name = note_name(names, key as i32);
            line(ui, pos2(rect.right(), y(key)), anchor, 24.0, &name, theme::CAPTION, palette.weak);
        }
    }
    let x = |end_s: f64| plot.right() - ((reading.end_s - end_s) / LENGTH_S) as f32 * plot.width();
    let clip = ui.painter().with_clip_rect(plot.intersect(ui.clip_rect()));
    for pair in points.windows(2) {
        let [(from_s, from, _), (to_s, to, confidence)] = [pair[0], pair[1]];
        if to_s - from_s <= GAP_S {
            // Uncertain pitches are thin and faint.
            let ink = palette.ground.lerp_to_gamma(palette.accent, 0.15 + 0.85 * confidence);
            let stroke = Stroke::new(0.8 + 1.4 * confidence, ink);
            clip.line_segment([pos2(x(from_s), y(from)), pos2(x(to_s), y(to))], stroke);
        }
    }
    describe(ui, rect, "pitch-curve", Role::Image, || {
        let range = if points.is_empty() {
            "no pitch".into()
        } else {
            let name = |key: f32| note_name(names, key.round() as i32);
            if lowest > highest {
                "no certain pitch".into()
            } else {
                format!("from {} to {}", name(lowest), name(highest))
            }
        };
        format!("Pitch over the last {LENGTH_S:.0} s: {range}")
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_note_has_a_name_and_a_distance_in_cents() {
        let names: Vec<Arc<str>> = (0..128).map(|note| format!("note {note}").into()).collect();
        for (hz, note, cents) in [(440.0, 69, 0.0), (261.63, 60, 0.0), (445.0, 69, 20.0), (32.0, 24, -38.0)] {
            let (name, off) = nearest_note(&names, hz);
            assert!(name == format!("note {note}") && (off - cents).abs() < 1.0, "{hz} Hz: {name} {off}");
        }
    }
}
