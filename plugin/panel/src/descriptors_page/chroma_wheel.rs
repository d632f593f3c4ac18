//! Energy of the pitch classes on the circle of fifths, with key and chord.

use std::f32::consts::TAU;

use egui::accesskit::Role;
use egui::{Align2, Color32, Pos2, Sense, Shape, Stroke, Ui, Vec2, vec2};

use super::meter_row::{self, MeterRow};
use super::pitch_class::{self, is_in_key, mode, position, spoken, triad};
use super::reliability::RequiredMusic;
use crate::frame_context::FrameContext;
use crate::glossary::DescriptorTerm;
use crate::widgets::{describe, line};
use crate::{ChordReading, DescriptorReading, KeyReading, theme};

/// Side of the wheel in points.
const SIDE: f32 = 262.0;
/// Distances in points from the edge of the wheel: centres of the names, arc of the key, and petals.
const NAMES: f32 = 11.0;
const ARC: f32 = 27.0;
const PETALS: f32 = 32.0;
/// Minimum outer radius of the petals in points, so that their sides are defined in a panel of any size.
const MIN_OUTER: f32 = 24.0;
/// Radius of the middle as a share of the outer radius of the petals.
const MIDDLE: f32 = 0.47;
/// Distance of two petals in points.
const GAP: f32 = 3.0;
/// Duration of the animation to a new value, in seconds.
const ANIMATION_S: f32 = 0.15;
/// Required music for a key.
const REQUIRED: RequiredMusic = RequiredMusic::Seconds(30.0);

/// Draws the wheel, and the chord below.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, reading: &DescriptorReading) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let key = reading.key.filter(|_| !reading.silent);
    let chord = reading.chord.filter(|_| !reading.silent);
    let side = ui.available_width().clamp(0.0, SIDE * context.unit());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), side), Sense::hover());
    let outer = (side / 2.0 - PETALS * context.unit()).max(MIN_OUTER);
    let wheel = Wheel { center: rect.center(), outer, inner: outer * MIDDLE, unit: context.unit() };
    wheel.petals(ui, context, reading, key);
    if let Some(key) = key {
        wheel.arc(ui, context, key);
    }
    wheel.names(ui, context, key);
    if let Some(chord) = chord {
        wheel.chord(ui, context, chord);
    }
    wheel.middle(ui, context, reading, key);
    let text = || accessible_text(reading, key);
    let response = describe(ui, rect, "wheel", Role::Image, text);
    let doubt = match key {
        Some(key) if !key.reliable => Some(format!("Key: {}", REQUIRED.reason(reading.window_s))),
        _ => None,
    };
    response.on_hover_ui(|ui| {
        meter_row::tooltip(ui, context, DescriptorTerm::PitchClasses, "", None);
        meter_row::tooltip(ui, context, DescriptorTerm::Key, &text(), doubt.as_deref());
    });
    meter_row::show(ui, context, &chord_row(chord, reading.silent));
}

/// Centre and radii of the ring of petals.
#[derive(Debug, Clone, Copy)]
struct Wheel {
    center: Pos2,
    outer: f32,
    inner: f32,
    /// Factor of all other sizes.
    unit: f32,
}

impl Wheel {
    /// Draws a petal per pitch class on its track.
    fn petals(self, ui: &Ui, context: &FrameContext<'_>, reading: &DescriptorReading, key: Option<KeyReading>) {
        let palette = context.palette;
        for (pitch_class, &energy) in reading.chroma.iter().enumerate() {
            let energy = if energy.is_finite() && !reading.silent { energy.clamp(0.0, 1.0) } else { 0.0 };
            let salt = ui.scope_id().with(("petal", pitch_class));
            let energy = ui.ctx().animate_value_with_time(salt, energy, ANIMATION_S);
            let in_key = key.is_none_or(|key| is_in_key(usize::from(key.tonic), key.minor, pitch_class));
            let ink = if in_key { palette.accent } else { palette.accent_dim };
            self.sector(ui, pitch_class, self.outer, palette.well);
            if energy > 0.01 {
                self.sector(ui, pitch_class, self.inner + (self.outer - self.inner) * energy, ink);
            }
        }
        // Rounds the inner edges, which are straight lines.
        ui.painter().circle_filled(self.center, self.inner, palette.raised);
    }

    /// Fills a sector from the middle to a radius. Its sides are parallel to those of its neighbours.
    fn sector(self, ui: &Ui, pitch_class: usize, radius: f32, fill: Color32) {
        let middle = angle(pitch_class);
        let half = |radius: f32| TAU / 24.0 - (GAP / 2.0 / radius).asin();
        let start = self.inner - 2.0;
        let mut corners: Vec<Pos2> = (0..=8)
            .map(|step| self.center + radius * direction(middle + half(radius) * (step as f32 / 4.0 - 1.0)))
            .collect();
        corners.extend([1.0, -1.0].map(|side| self.center + start * direction(middle + half(start) * side)));
        ui.painter().add(Shape::convex_polygon(corners, fill, Stroke::NONE));
    }

    /// Draws an arc along the notes of a key.
    fn arc(self, ui: &Ui, context: &FrameContext<'_>, key: KeyReading) {
        let first = pitch_class::first_position(usize::from(key.tonic), key.minor) as f32;
        let radius = self.outer + (PETALS - ARC) * self.unit;
        let from = TAU * (first - 0.42) / 12.0;
        let points =
            (0..=56).map(|step| self.center + radius * direction(from + TAU * 6.84 / 12.0 * step as f32 / 56.0));
        let ink = if key.reliable { context.palette.accent } else { context.palette.accent_dim };
        ui.painter().line(points.collect(), Stroke::new(2.0, ink));
    }

    /// Draws the names of the pitch classes; the tonic is on a disc.
    fn names(self, ui: &Ui, context: &FrameContext<'_>, key: Option<KeyReading>) {
        let palette = context.palette;
        for pitch_class in 0..12 {
            let at = self.center + (self.outer + (PETALS - NAMES) * self.unit) * direction(angle(pitch_class));
            let is_tonic = key.is_some_and(|key| usize::from(key.tonic) % 12 == pitch_class);
            let in_key = key.is_some_and(|key| is_in_key(usize::from(key.tonic), key.minor, pitch_class));
            let ink = match key {
                Some(key) if is_tonic && key.reliable => {
                    ui.painter().circle_filled(at, 11.0 * self.unit, palette.accent);
                    palette.raised
                }
                Some(_) if is_tonic => {
                    ui.painter().circle_stroke(at, 10.0 * self.unit, Stroke::new(1.5, palette.weak));
                    palette.text
                }
                Some(_) if !in_key => palette.weak,
                _ => palette.text,
            };
            let size = if is_tonic { theme::BODY } else { theme::CAPTION + 1.0 } * self.unit;
            line(ui, at, Align2::CENTER_CENTER, 30.0 * self.unit, pitch_class::name(pitch_class), size, ink);
        }
    }

    /// Draws a dot for each note of a chord; the root is larger.
    fn chord(self, ui: &Ui, context: &FrameContext<'_>, chord: ChordReading) {
        for (index, pitch_class) in triad(usize::from(chord.root), chord.minor).into_iter().enumerate() {
            let at = self.center + (self.inner - 7.0 * self.unit) * direction(angle(pitch_class));
            ui.painter().circle_filled(at, if index == 0 { 4.0 } else { 2.5 } * self.unit, context.palette.strong);
        }
    }

    /// Draws name and strength of the key in the middle.
    fn middle(self, ui: &Ui, context: &FrameContext<'_>, reading: &DescriptorReading, key: Option<KeyReading>) {
        let palette = context.palette;
        let width = self.inner * 2.0 - 26.0 * self.unit;
        let text = |dy: f32, text: &str, size: f32, ink: Color32| {
            let at = self.center + vec2(0.0, dy * self.unit);
            line(ui, at, Align2::CENTER_CENTER, width, text, size * self.unit, ink);
        };
        let Some(key) = key else {
            text(0.0, if reading.silent { "silence" } else { "no key" }, theme::BODY, palette.weak);
            return;
        };
        let (mark, ink) = if key.reliable { ("", palette.strong) } else { ("~", palette.weak) };
        let name = pitch_class::name(usize::from(key.tonic));
        text(-16.0, &format!("{mark}{name}"), 22.0, ink);
        text(4.0, mode(key.minor), theme::BODY, if key.reliable { palette.text } else { palette.weak });
        text(21.0, &format!("{:.2}", strength(key.strength)), theme::CAPTION, palette.weak);
    }
}

/// Returns the row of the chord.
fn chord_row(chord: Option<ChordReading>, silent: bool) -> MeterRow {
    let name = chord.map(|chord| format!("{} {}", pitch_class::name(usize::from(chord.root)), mode(chord.minor)));
    let absence = || if silent { "silence" } else { "no chord stands out" }.into();
    MeterRow {
        term: DescriptorTerm::Chord,
        label: name,
        number: chord.map(|chord| format!("{:.2}", strength(chord.strength))).unwrap_or_default(),
        unit: "",
        share: chord.map(|chord| strength(chord.strength)),
        origin: 0.0,
        height: 8.0,
        doubt: chord.is_none().then(absence),
        limits: String::new(),
    }
}

/// Returns a strength within 0 to 1.
fn strength(value: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

/// Returns the angle of a pitch class in radians: C at the top, clockwise by fifths.
fn angle(pitch_class: usize) -> f32 {
    TAU * position(pitch_class) as f32 / 12.0
}

/// Returns the direction of an angle.
fn direction(angle: f32) -> Vec2 {
    vec2(angle.sin(), -angle.cos())
}

fn accessible_text(reading: &DescriptorReading, key: Option<KeyReading>) -> String {
    if reading.silent {
        return "Key: not known, silence".into();
    }
    let key = match key {
        Some(key) => {
            let doubt = if key.reliable {
                String::new()
            } else {
                format!(", not reliable, {}", REQUIRED.reason(reading.window_s))
            };
            let name = spoken(usize::from(key.tonic));
            format!("{name} {}, strength {:.2}{doubt}", mode(key.minor), strength(key.strength))
        }
        None => format!("not known, {}", REQUIRED.absence(reading.window_s)),
    };
    format!("Key: {key}. {}", loudest(&reading.chroma))
}

/// Returns the three pitch classes with the most energy as a sentence.
fn loudest(chroma: &[f32; 12]) -> String {
    let mut order: Vec<usize> = (0..12).filter(|&pitch_class| chroma[pitch_class] > 0.0).collect();
    order.sort_by(|&a, &b| chroma[b].total_cmp(&chroma[a]));
    let names: Vec<&str> = order.into_iter().take(3).map(spoken).collect();
    if names.is_empty() { "No notes.".into() } else { format!("Strongest notes: {}.", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_is_at_the_top_and_fifths_are_clockwise() {
        let at = |pitch_class: usize| direction(angle(pitch_class));
        let close = |a: Vec2, b: Vec2| (a - b).length() < 1e-5;
        assert!(close(at(0), vec2(0.0, -1.0)), "C: {}", at(0));
        assert!(close(at(9), vec2(1.0, 0.0)), "A: {}", at(9));
        assert!(close(at(6), vec2(0.0, 1.0)), "F sharp: {}", at(6));
        assert!(close(at(3), vec2(-1.0, 0.0)), "E flat: {}", at(3));
    }

    #[test]
    fn strongest_notes_are_in_order() {
        let mut chroma = [0.0; 12];
        assert_eq!(loudest(&chroma), "No notes.");
        (chroma[9], chroma[1], chroma[4], chroma[0]) = (1.0, 0.4, 0.8, f32::NAN);
        assert_eq!(loudest(&chroma), "Strongest notes: A, E, C sharp.");
    }
}
