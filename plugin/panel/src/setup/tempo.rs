//! Settings of the tempo that leaves the program: octave, range and minimum confidence.

use std::ops::RangeInclusive;

use egui::{DragValue, Ui};

use super::heading;
use crate::TempoChange;
use crate::frame_context::FrameContext;
use crate::widgets::{caption, switch, threshold};

/// Range of a tempo in BPM.
const TEMPO_BPM: RangeInclusive<f32> = 20.0..=400.0;
/// Range that the switch turns on, in BPM.
const USUAL_BPM: (f32, f32) = (80.0, 160.0);

/// Draws the settings, if there are tempo controls.
pub(super) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let Some(now) = context.controls.tempo_controls() else { return };
    heading(ui, context, "Tempo");
    if now.octaves != 0 {
        ui.horizontal(|ui| {
            caption(ui, &octave_text(now.octaves));
            if ui.small_button("Reset").on_hover_text("Use the detected tempo as it is").clicked() {
                context.controls.change_tempo(TempoChange::Octaves(0));
            }
        });
    }
    let help = "Double or halve the tempo until it is within a range of at least an octave";
    if switch(ui, now.range_bpm.is_some(), "Tempo range", help) {
        let range_bpm = if now.range_bpm.is_some() { None } else { Some(USUAL_BPM) };
        context.controls.change_tempo(TempoChange::Range(range_bpm));
    }
    if let Some(range_bpm) = now.range_bpm.and_then(|range_bpm| range(ui, range_bpm)) {
        context.controls.change_tempo(TempoChange::Range(Some(range_bpm)));
    }
    caption(ui, "Minimum confidence of the tempo");
    let mut confidence = now.min_confidence;
    let response = ui.add(threshold(&mut confidence, "")).accessible_name("Minimum confidence of the tempo");
    response.on_hover_text(
        "Below it, no tempo and no beats are sent: MIDI, MIDI clock, OSC and scenes. A locked tempo always is",
    );
    if (confidence - now.min_confidence).abs() > f32::EPSILON {
        context.controls.change_tempo(TempoChange::MinConfidence(confidence));
    }
}

/// Draws the ends of a range in BPM; returns the changed range, of at least an octave.
fn range(ui: &mut Ui, (low, high): (f32, f32)) -> Option<(f32, f32)> {
    let (mut new_low, mut new_high) = (low, high);
    ui.horizontal(|ui| {
        let drag = |value| DragValue::new(value).range(TEMPO_BPM).speed(0.5).max_decimals(0).suffix(" BPM");
        ui.add(drag(&mut new_low)).accessible_name("Lowest tempo");
        caption(ui, "to");
        ui.add(drag(&mut new_high)).accessible_name("Highest tempo");
    });
    changed((low, high), (new_low, new_high))
}

/// Returns a range in which one end has changed, none if there is no change. The other end keeps an octave to it.
fn changed((low, high): (f32, f32), (new_low, new_high): (f32, f32)) -> Option<(f32, f32)> {
    let differs = |a: f32, b: f32| (a - b).abs() > f32::EPSILON;
    match (differs(low, new_low), differs(high, new_high)) {
        (false, false) => None,
        (true, _) => Some((new_low, new_high.max(2.0 * new_low))),
        (false, true) => Some((new_low.min(new_high / 2.0), new_high)),
    }
}

/// Returns the name of a shift by octaves.
fn octave_text(octaves: i8) -> String {
    let factor = 1_u32 << octaves.unsigned_abs().min(31);
    if octaves > 0 { format!("{factor} times the detected tempo") } else { format!("1/{factor} of the detected tempo") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_a_range_stay_an_octave_apart() {
        let before = (80.0, 160.0);
        assert_eq!(changed(before, before), None);
        assert_eq!(changed(before, (70.0, 160.0)), Some((70.0, 160.0)));
        assert_eq!(changed(before, (100.0, 160.0)), Some((100.0, 200.0)));
        assert_eq!(changed(before, (80.0, 120.0)), Some((60.0, 120.0)));
    }

    #[test]
    fn octaves_are_named_by_their_factor() {
        assert_eq!(
            [1, 2, -1, -3].map(octave_text).join("; "),
            "2 times the detected tempo; 4 times the detected tempo; 1/2 of the detected tempo; 1/8 of the detected tempo"
        );
    }
}
