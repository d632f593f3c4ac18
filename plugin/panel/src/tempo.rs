//! Tempo in the header: number, host tempo and state, controls and beat lights.

use egui::accesskit::Role;
use egui::{Align2, Color32, Rect, Ui, pos2, vec2};

use crate::frame_context::FrameContext;
use crate::widgets::{bold, describe, line};
use crate::{ModelKind, TempoState, beat_lights, tempo_buttons, theme};

/// Analyzed seconds below which the note has them.
const EARLY_BELOW_S: f64 = 11.0;

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

/// Returns the height of the block in points at a scale of 1.
pub(crate) fn height(context: &FrameContext<'_>) -> f32 {
    let buttons = if context.controls.tempo_controls().is_some() { 28.0 } else { 0.0 };
    let lights = if context.state.beat.is_some() { 18.0 } else { 0.0 };
    80.0 + buttons + lights
}

/// Whether there is a tempo to show, or a model for it.
pub(crate) fn is_on(context: &FrameContext<'_>) -> bool {
    context.controls.model(ModelKind::Tempo).is_some() || context.tempo.is_some()
}

/// Draws the block at the right edge of `rect`, or at its left edge.
pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>, rect: Rect, scale: f32, is_left: bool) {
    if !is_on(context) {
        return;
    }
    let palette = context.palette;
    let size = theme::DISPLAY * scale;
    let base = rect.top() + 52.0 * scale;
    let tempo = context.tempo;
    let number = tempo.map_or_else(|| "– –".to_owned(), |tempo| format!("{:.0}", tempo.value.bpm));
    let unit_size = theme::scaled(13.0, scale);
    let width = ui.painter().layout_no_wrap(number.clone(), theme::font(size), Color32::WHITE).size().x;
    let unit = ui.painter().layout_no_wrap("BPM".into(), theme::font(unit_size), Color32::WHITE).size().x;
    let gap = 6.0 * scale;
    let left = if is_left { rect.left() } else { rect.right() - unit - gap - width };
    let at = pos2(left, base + size * 0.19);
    self::digits(ui, context, at, width * 1.2, &number, size);
    let unit_at = pos2(left + width + gap, base);
    line(ui, unit_at, Align2::LEFT_BOTTOM, unit * 1.2, "BPM", unit_size, palette.weak);
    let whole = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width + gap + unit, base));
    let text = accessible_text(context);
    describe(ui, whole, "bpm", Role::Status, || text.clone()).on_hover_text(&text);

    let (x, anchor) = if is_left { (rect.left(), Align2::LEFT_TOP) } else { (rect.right(), Align2::RIGHT_TOP) };
    let note = note(context);
    let note_size = theme::scaled(12.0, scale);
    let row = line(ui, pos2(x, base + 4.0 * scale), anchor, rect.width(), &note, note_size, palette.weak);
    if !note.is_empty() {
        describe(ui, row, "host", Role::Label, || note.clone());
    }
    let mut top = base + 24.0 * scale;
    if context.controls.tempo_controls().is_some() {
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), 22.0 * scale));
        tempo_buttons::show(ui, context, row, scale, is_left);
        top += 28.0 * scale;
    }
    if let Some(beat) = context.state.beat {
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), 12.0 * scale));
        beat_lights::dots(ui, context, row, beat, is_left);
    }
}

/// Draws the number: solid if the tempo is locked, outlined if it is likely.
pub(crate) fn digits(ui: &Ui, context: &FrameContext<'_>, at: egui::Pos2, width: f32, number: &str, size: f32) {
    let palette = context.palette;
    let Some(tempo) = context.tempo else {
        line(ui, at, Align2::LEFT_BOTTOM, width, number, size, palette.weak);
        return;
    };
    let draw = |offset: egui::Vec2, ink: Color32| bold(ui, at + offset, Align2::LEFT_BOTTOM, width, number, size, ink);
    match tempo.value.state {
        TempoState::Locked | TempoState::Holding => {
            draw(egui::Vec2::ZERO, palette.strong);
        }
        TempoState::Likely => {
            let edge = (size * 0.022).max(1.0);
            for step in 0..8 {
                draw(egui::Vec2::angled(step as f32 * std::f32::consts::TAU / 8.0) * edge, palette.strong);
            }
            draw(egui::Vec2::ZERO, palette.ground.lerp_to_gamma(palette.strong, 0.3));
        }
    }
}

/// Returns the line below the number: the tempo of the host, and the state.
fn note(context: &FrameContext<'_>) -> String {
    let host = host_bpm(context).map(|host_bpm| format!("host {host_bpm:.0}"));
    let Some(tempo) = context.tempo else {
        let wait = context.state.tempo_warm_up.map(|warm_up| match (warm_up.required_s - warm_up.buffered_s).ceil() {
            seconds if seconds > 0.0 => format!("tempo in {seconds:.0} s"),
            _ => "listening".to_owned(),
        });
        return [host, wait].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    };
    let relation = host_bpm(context).and_then(|host_bpm| match relation(host_bpm, f64::from(tempo.value.bpm)) {
        Relation::Half => Some("half".to_owned()),
        Relation::Double => Some("double".to_owned()),
        Relation::Same | Relation::Other => None,
    });
    let state = match tempo.value.state {
        TempoState::Likely => "likely",
        TempoState::Locked => "locked",
        TempoState::Holding => "holding",
    };
    // An answer from fewer seconds than a patch is marked with them.
    let analyzed_s = tempo.end_s - tempo.start_s;
    let is_early = tempo.value.state == TempoState::Likely && analyzed_s > 0.0 && analyzed_s < EARLY_BELOW_S;
    let state = if is_early { format!("{state}, {analyzed_s:.0} s") } else { state.to_owned() };
    // The minimum confidence of the settings holds the tempo back.
    let min_confidence = context.controls.tempo_controls().map_or(0.0, |controls| controls.min_confidence);
    let held_back = (tempo.value.confidence < min_confidence).then(|| "not sent".to_owned());
    [host, relation, Some(state), held_back].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Returns the tempo of the host, if it is a valid number.
fn host_bpm(context: &FrameContext<'_>) -> Option<f64> {
    context.state.host_bpm.filter(|bpm| bpm.is_finite() && *bpm > 0.0)
}

/// Returns all that is known of the tempo.
fn accessible_text(context: &FrameContext<'_>) -> String {
    let Some(tempo) = context.tempo else { return "No tempo yet".into() };
    let value = &tempo.value;
    let others: Vec<String> = value
        .alternatives
        .iter()
        .map(|other| format!("{} {:.0}", if other.bpm < value.bpm { "half" } else { "double" }, other.bpm))
        .collect();
    let others = if others.is_empty() { String::new() } else { format!("; counted otherwise: {}", others.join(", ")) };
    let confidence = value.confidence * 100.0;
    format!("Tempo {:.0} BPM, confidence {confidence:.0} %, {:.1} s ago{others}", value.bpm, tempo.age_s)
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
