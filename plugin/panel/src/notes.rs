//! Names of MIDI notes, from the table of the owner.

use std::sync::Arc;

/// Returns the name of a MIDI note, or its number if `names` has none for it.
pub(crate) fn note_name(names: &[Arc<str>], note: i32) -> String {
    let name = usize::try_from(note).ok().and_then(|note| names.get(note));
    name.map_or_else(|| note.to_string(), ToString::to_string)
}

/// Returns the position of a frequency on the MIDI scale, with fractions: 440 Hz is 69.
pub(crate) fn midi_note(hz: f32) -> f32 {
    69.0 + 12.0 * (hz / 440.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn note_without_a_name_is_shown_as_its_number() {
        let names: Vec<Arc<str>> = ["do", "di"].map(Arc::from).to_vec();
        assert_eq!([-1, 0, 1, 2].map(|note| note_name(&names, note)), ["-1", "do", "di", "2"]);
    }

    #[test]
    fn midi_note_of_known_frequencies() {
        for (hz, expected) in [(440.0, 69.0), (261.63, 60.0), (445.0, 69.2), (32.0, 23.62)] {
            assert!((midi_note(hz) - expected).abs() < 0.01, "{hz} Hz: expected {expected}, got {}", midi_note(hz));
        }
    }
}
