//! Spectral centroid over time.

use egui::accesskit::Role;
use egui::{Align2, Mesh, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::meter_row;
use super::scale::MeterScale;
use crate::frame_context::FrameContext;
use crate::glossary::DescriptorTerm;
use crate::widgets::{describe, line};
use crate::{DescriptorReading, theme};

/// Scale of the frequency in Hz.
const HZ: MeterScale = MeterScale::logarithmic(125.0, 8_000.0);
/// Frequencies with a grid line and a label, in Hz.
const GRID_HZ: [f32; 3] = [250.0, 1_000.0, 4_000.0];
/// Height of the plot in points, without heading and time axis.
const HEIGHT: f32 = 84.0;
/// Height of the time axis in points.
const AXIS: f32 = 15.0;
/// Minimum length of the time axis in seconds.
const MIN_LENGTH_S: f32 = 30.0;
/// Width of the labels of the frequencies, in points.
const LABELS: f32 = 34.0;

/// Draws heading, curve and axes.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, reading: &DescriptorReading) {
    let palette = context.palette;
    let (whole, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), (20.0 + HEIGHT + AXIS) * context.unit()), Sense::hover());
    let heading = Rect::from_min_size(whole.min, vec2(whole.width(), 18.0));
    let now = reading.centroid_hz.last().copied().and_then(known).filter(|_| !reading.silent);
    let number = now.map_or_else(|| "–".into(), self::frequency);
    let right = line(
        ui,
        heading.right_center(),
        Align2::RIGHT_CENTER,
        90.0 * context.unit(),
        &number,
        theme::BODY * context.unit(),
        palette.strong,
    );
    let room = right.left() - heading.left() - 8.0;
    let name = DescriptorTerm::Centroid.name();
    line(
        ui,
        heading.left_center(),
        Align2::LEFT_CENTER,
        room,
        name,
        (theme::CAPTION + 1.0) * context.unit(),
        palette.text,
    );

    let top = heading.bottom() + 2.0;
    let plot = Rect::from_min_max(
        pos2(whole.left() + LABELS * context.unit(), top),
        pos2(whole.right(), top + HEIGHT * context.unit()),
    );
    ui.painter().rect_filled(plot, 3.0, palette.ground);
    let y = |hz: f32| plot.bottom() - HZ.share(hz) * plot.height();
    for hz in GRID_HZ {
        ui.painter().hline(plot.x_range(), y(hz), Stroke::new(1.0, palette.line));
        let at = pos2(plot.left() - 6.0, y(hz));
        line(
            ui,
            at,
            Align2::RIGHT_CENTER,
            LABELS * context.unit(),
            &short(hz),
            theme::CAPTION * context.unit(),
            palette.weak,
        );
    }
    let length_s = length(reading);
    for (x, anchor, text) in [
        (plot.left(), Align2::LEFT_TOP, format!("{length_s:.0} s ago")),
        (plot.right(), Align2::RIGHT_TOP, "now".into()),
    ] {
        line(
            ui,
            pos2(x, plot.bottom() + 3.0),
            anchor,
            80.0 * context.unit(),
            &text,
            theme::CAPTION * context.unit(),
            palette.weak,
        );
    }
    let runs = runs(reading, |age_s, hz| pos2(plot.right() - age_s / length_s * plot.width(), y(hz)));
    for run in &runs {
        self::area(ui, run, plot.bottom(), context);
        ui.painter().line(run.clone(), Stroke::new(1.8, palette.accent));
    }
    match (runs.last().and_then(|run| run.last()), now) {
        (Some(&tip), Some(_)) => {
            ui.painter().circle(tip - vec2(3.0, 0.0), 4.0, palette.strong, Stroke::new(1.5, palette.accent));
        }
        (None, _) => {
            let text = "The curve begins with the first second of music.";
            line(
                ui,
                plot.center(),
                Align2::CENTER_CENTER,
                plot.width(),
                text,
                theme::CAPTION * context.unit(),
                palette.weak,
            );
        }
        _ => {}
    }
    let text = || accessible_text(reading, now);
    let response = describe(ui, whole, "centroid", Role::Image, text);
    response.on_hover_ui(|ui| meter_row::tooltip(ui, context, DescriptorTerm::Centroid, &text(), None));
}

fn accessible_text(reading: &DescriptorReading, now: Option<f32>) -> String {
    let all = || reading.centroid_hz.iter().copied().filter_map(known);
    let now = now.map_or_else(|| "not known".into(), self::frequency);
    let low = all().fold(f32::INFINITY, f32::min);
    if low.is_finite() {
        let (low, high) = (self::frequency(low), self::frequency(all().fold(low, f32::max)));
        format!("Spectral centroid: {now}, from {low} to {high} over the last {:.0} s", length(reading))
    } else {
        format!("Spectral centroid: {now}")
    }
}

/// Returns a value that can be drawn.
fn known(hz: f32) -> Option<f32> {
    (hz.is_finite() && hz > 0.0).then_some(hz)
}

/// Returns the length of the time axis in seconds.
fn length(reading: &DescriptorReading) -> f32 {
    let history_s = step(reading) * reading.centroid_hz.len().saturating_sub(1) as f32;
    history_s.max(MIN_LENGTH_S)
}

/// Returns the distance of two values in seconds; 0 if it is not valid.
fn step(reading: &DescriptorReading) -> f32 {
    if reading.centroid_step_s.is_finite() { reading.centroid_step_s.max(0.0) } else { 0.0 }
}

/// Returns the parts of the curve between gaps, with points placed by age in seconds and frequency in Hz.
fn runs(reading: &DescriptorReading, place: impl Fn(f32, f32) -> Pos2) -> Vec<Vec<Pos2>> {
    let values = &reading.centroid_hz;
    let age_s = |index: usize| step(reading) * (values.len() - 1 - index) as f32;
    let points: Vec<Option<Pos2>> =
        values.iter().enumerate().map(|(index, &hz)| Some(place(age_s(index), known(hz)?))).collect();
    let runs = points.split(Option::is_none).map(|run| run.iter().copied().flatten().collect::<Vec<_>>());
    runs.filter(|run| !run.is_empty()).collect()
}

/// Fills the area below a part of the curve.
fn area(ui: &Ui, run: &[Pos2], bottom: f32, context: &FrameContext<'_>) {
    let mut fill = Mesh::default();
    let (above, below) = (context.palette.accent.gamma_multiply(0.28), context.palette.accent.gamma_multiply(0.04));
    for (index, &point) in run.iter().enumerate() {
        fill.colored_vertex(point, above);
        fill.colored_vertex(pos2(point.x, bottom), below);
        if index > 0 {
            let at = 2 * index as u32;
            fill.add_triangle(at - 2, at - 1, at);
            fill.add_triangle(at - 1, at, at + 1);
        }
    }
    ui.painter().add(Shape::mesh(fill));
}

/// Returns a frequency with its unit.
fn frequency(hz: f32) -> String {
    if hz < 999.5 { format!("{hz:.0} Hz") } else { format!("{:.1} kHz", hz / 1e3) }
}

/// Returns the label of a grid line.
fn short(hz: f32) -> String {
    if hz < 1_000.0 { format!("{hz:.0}") } else { format!("{:.0} k", hz / 1e3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(values: &[f32], step_s: f32) -> DescriptorReading {
        DescriptorReading { centroid_hz: values.into(), centroid_step_s: step_s, ..Default::default() }
    }

    #[test]
    fn frequency_has_its_unit() {
        for (hz, expected) in [(584.8, "585 Hz"), (999.4, "999 Hz"), (999.6, "1.0 kHz"), (2_604.8, "2.6 kHz")] {
            assert_eq!(frequency(hz), expected);
        }
    }

    #[test]
    fn newest_value_has_age_zero_and_gaps_divide_the_curve() {
        let with_gap = reading(&[500.0, 600.0, 0.0, f32::NAN, 700.0], 0.5);
        let runs = runs(&with_gap, pos2);
        assert_eq!(runs, [vec![pos2(2.0, 500.0), pos2(1.5, 600.0)], vec![pos2(0.0, 700.0)]]);
        assert!(self::runs(&reading(&[], 0.5), pos2).is_empty());
    }

    #[test]
    fn time_axis_is_30_s_or_the_history() {
        assert_eq!(length(&reading(&[1.0; 11], 0.5)), 30.0);
        assert_eq!(length(&reading(&[1.0; 121], 0.5)), 60.0);
        assert_eq!(length(&reading(&[1.0; 121], f32::NAN)), 30.0);
    }
}
