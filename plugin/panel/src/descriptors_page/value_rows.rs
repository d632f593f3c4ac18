//! Tempo, danceability, onsets, dissonance, dynamics and tuning as labelled bars.

use egui::Ui;

use super::meter_row::{self, MeterRow};
use super::reliability::RequiredMusic;
use super::scale::MeterScale;
use crate::frame_context::FrameContext;
use crate::glossary::DescriptorTerm;
use crate::{DescriptorReading, MarkedValue};

/// Height of a bar in points.
const HEIGHT: f32 = 8.0;
/// Frequency in Hz of the note A4 in standard tuning.
const STANDARD_HZ: f32 = 440.0;

/// Constant properties of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueSpec {
    term: DescriptorTerm,
    unit: &'static str,
    decimals: usize,
    /// Usual range: most music of every style is within it.
    scale: MeterScale,
    required: RequiredMusic,
}

const TEMPO: ValueSpec = ValueSpec {
    term: DescriptorTerm::Tempo,
    unit: "BPM",
    decimals: 0,
    scale: MeterScale::linear(40.0, 200.0),
    required: RequiredMusic::Seconds(30.0),
};
const DANCEABILITY: ValueSpec = ValueSpec {
    term: DescriptorTerm::Danceability,
    unit: "",
    decimals: 2,
    scale: MeterScale::linear(0.0, 2.0),
    required: RequiredMusic::Song,
};
const ONSET_RATE: ValueSpec = ValueSpec {
    term: DescriptorTerm::OnsetRate,
    unit: "/s",
    decimals: 1,
    scale: MeterScale::linear(0.0, 8.0),
    required: RequiredMusic::Seconds(10.0),
};
const DISSONANCE: ValueSpec = ValueSpec {
    term: DescriptorTerm::Dissonance,
    unit: "",
    decimals: 2,
    scale: MeterScale::linear(0.2, 0.5),
    required: RequiredMusic::Seconds(10.0),
};
const DYNAMIC_COMPLEXITY: ValueSpec = ValueSpec {
    term: DescriptorTerm::DynamicComplexity,
    unit: "dB",
    decimals: 1,
    scale: MeterScale::linear(0.0, 8.0),
    required: RequiredMusic::Seconds(30.0),
};
/// Half a semitone below and above the standard tuning.
const TUNING: ValueSpec = ValueSpec {
    term: DescriptorTerm::Tuning,
    unit: "Hz",
    decimals: 1,
    scale: MeterScale::logarithmic(427.474, 452.893),
    required: RequiredMusic::Seconds(30.0),
};

/// Returns the rows with their values, from top to bottom. In silence there are no values.
pub(super) fn rows(reading: &DescriptorReading) -> [(ValueSpec, Option<MarkedValue>); 6] {
    [
        (TEMPO, reading.bpm),
        (DANCEABILITY, reading.danceability),
        (ONSET_RATE, reading.onset_rate),
        (DISSONANCE, reading.dissonance),
        (DYNAMIC_COMPLEXITY, reading.dynamic_complexity),
        (TUNING, reading.tuning_hz),
    ]
    .map(|(spec, value)| (spec, value.filter(|value| value.value.is_finite() && !reading.silent)))
}

/// Draws the rows.
pub(super) fn show(ui: &mut Ui, context: &FrameContext<'_>, reading: &DescriptorReading) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for (spec, value) in rows(reading) {
        meter_row::show(ui, context, &row(spec, value, reading));
    }
}

fn row(spec: ValueSpec, value: Option<MarkedValue>, reading: &DescriptorReading) -> MeterRow {
    let ValueSpec { term, unit, decimals, scale, required } = spec;
    let doubt = match value {
        Some(value) if value.reliable => None,
        Some(_) => Some(required.reason(reading.window_s)),
        None if reading.silent => Some("silence".into()),
        None => Some(required.absence(reading.window_s)),
    };
    let number = value.map_or_else(String::new, |value| format!("{:.decimals$}", value.value));
    MeterRow {
        term,
        label: None,
        unit,
        limits: match term {
            DescriptorTerm::Tuning => value.map_or_else(String::new, |value| cents(value.value)),
            _ => format!(" of {} to {}", scale.low, scale.high),
        },
        number,
        share: value.map(|value| scale.share(value.value)),
        origin: if term == DescriptorTerm::Tuning { scale.share(STANDARD_HZ) } else { 0.0 },
        height: HEIGHT,
        doubt,
    }
}

/// Returns the distance of a tuning from the standard tuning.
fn cents(hz: f32) -> String {
    let cents = 1_200.0 * (hz / STANDARD_HZ).log2();
    match cents.round() {
        cents if cents > 0.0 => format!(", {cents:.0} cents above {STANDARD_HZ} Hz"),
        cents if cents < 0.0 => format!(", {:.0} cents below {STANDARD_HZ} Hz", -cents),
        _ => ", standard tuning".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_within_their_usual_ranges() {
        for (spec, value, share) in [
            (TEMPO, 120.0, 0.5),
            (DANCEABILITY, 1.0, 0.5),
            (ONSET_RATE, 2.0, 0.25),
            (DISSONANCE, 0.35, 0.5),
            (DYNAMIC_COMPLEXITY, 12.4, 1.0),
            (TUNING, 440.0, 0.5),
        ] {
            assert!((spec.scale.share(value) - share).abs() < 1e-4, "{:?}: {}", spec.term, spec.scale.share(value));
        }
    }

    #[test]
    fn tuning_is_stated_in_cents() {
        assert_eq!(cents(440.0), ", standard tuning");
        assert_eq!(cents(442.5), ", 10 cents above 440 Hz");
        assert_eq!(cents(435.0), ", 20 cents below 440 Hz");
    }

    #[test]
    fn silence_and_invalid_numbers_have_no_value() {
        let marked = |value: f32| Some(MarkedValue { value, reliable: true });
        let mut reading = DescriptorReading { bpm: marked(f32::NAN), tuning_hz: marked(441.0), ..Default::default() };
        let known = |reading: &DescriptorReading| rows(reading).map(|(_, value)| value.is_some());
        assert_eq!(known(&reading), [false, false, false, false, false, true]);
        reading.silent = true;
        assert_eq!(known(&reading), [false; 6]);
    }
}
