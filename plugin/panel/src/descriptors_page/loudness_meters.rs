//! Loudness as bars on a LUFS scale, and the loudness range.

use egui::{Align2, Rangef, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::meter_row::{self, MeterRow};
use super::reliability::RequiredMusic;
use super::scale::MeterScale;
use crate::frame_context::FrameContext;
use crate::glossary::DescriptorTerm;
use crate::widgets::line;
use crate::{DescriptorReading, theme};

/// Scale of the loudness in LUFS.
const LUFS: MeterScale = MeterScale::linear(-60.0, 0.0);
/// Scale of the loudness range in LU.
const RANGE_LU: MeterScale = MeterScale::linear(0.0, 20.0);
/// Target levels in LUFS: broadcast (EBU R 128), and most streaming services.
const TARGETS: [f32; 2] = [-23.0, -14.0];
/// Loudness in LUFS that is shown as minus infinity: the absolute gate of the standard.
const FLOOR: f32 = -70.0;
/// Height of the axis in points.
const AXIS: f32 = 16.0;

/// Draws three bars with their axis, and the loudness range.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, reading: &DescriptorReading) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let loudness = reading.loudness;
    let levels = [
        (DescriptorTerm::Momentary, loudness.momentary, 5.0, 0.4),
        (DescriptorTerm::ShortTerm, loudness.short_term, 8.0, 3.0),
        (DescriptorTerm::Integrated, loudness.integrated, 12.0, 0.4),
    ];
    let rows = levels.map(|(term, lufs, height, required_s)| {
        let lufs = lufs.filter(|lufs| !lufs.is_nan());
        let absence = || RequiredMusic::Seconds(required_s).absence(reading.since_start_s);
        let row = MeterRow {
            term,
            label: None,
            number: lufs.map(self::number).unwrap_or_default(),
            unit: "LUFS",
            share: lufs.map(|lufs| LUFS.share(lufs)),
            origin: 0.0,
            height,
            doubt: lufs.is_none().then(absence),
            limits: String::new(),
        };
        meter_row::show(ui, context, &row)
    });
    let bars = Rangef::new(rows[0].top() + 5.0, rows[2].bottom());
    self::axis(ui, context, rows[0], bars);
    let range = loudness.range.filter(|range| range.is_finite());
    let row = MeterRow {
        term: DescriptorTerm::LoudnessRange,
        label: None,
        number: range.map(|range| format!("{range:.1}")).unwrap_or_default(),
        unit: "LU",
        share: range.map(|range| RANGE_LU.share(range)),
        origin: 0.0,
        height: 8.0,
        doubt: range.is_none().then(|| RequiredMusic::Seconds(30.0).absence(reading.since_start_s)),
        limits: format!(" of {} to {}", RANGE_LU.low, RANGE_LU.high),
    };
    meter_row::show(ui, context, &row);
}

/// Draws the targets through all bars, and the numbers of the axis below.
fn axis(ui: &mut Ui, context: &FrameContext<'_>, row: Rect, bars: Rangef) {
    let palette = context.palette;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS * context.unit()), Sense::hover());
    let track = meter_row::track(row);
    let x = |lufs: f32| track.min + LUFS.share(lufs) * track.span();
    for target in TARGETS {
        ui.painter().vline(x(target), bars, Stroke::new(1.0, palette.strong.gamma_multiply(0.45)));
        let at = pos2(x(target), rect.top());
        line(
            ui,
            at,
            Align2::CENTER_TOP,
            30.0 * context.unit(),
            &format!("{target:.0}"),
            theme::CAPTION * context.unit(),
            palette.text,
        );
    }
    for (limit, anchor) in [(LUFS.low, Align2::LEFT_TOP), (LUFS.high, Align2::RIGHT_TOP)] {
        let at = pos2(x(limit), rect.top());
        line(
            ui,
            at,
            anchor,
            30.0 * context.unit(),
            &format!("{limit:.0}"),
            theme::CAPTION * context.unit(),
            palette.weak,
        );
    }
}

/// Returns a loudness with one decimal.
fn number(lufs: f32) -> String {
    if lufs > FLOOR && lufs.is_finite() { format!("{lufs:.1}") } else { "-inf".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_silence_is_minus_infinity() {
        for (lufs, expected) in
            [(-14.23, "-14.2"), (-69.9, "-69.9"), (-70.0, "-inf"), (-300.7, "-inf"), (f32::NEG_INFINITY, "-inf")]
        {
            assert_eq!(number(lufs), expected);
        }
    }

    #[test]
    fn targets_are_at_their_places_of_the_scale() {
        let [broadcast, streaming] = TARGETS.map(|target| LUFS.share(target));
        assert!((broadcast - 37.0 / 60.0).abs() < 1e-6 && (streaming - 46.0 / 60.0).abs() < 1e-6);
    }
}
