//! Names of notes.

/// Names of the twelve notes of an octave, from C upwards.
const NOTE_NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// Returns the name of a MIDI note (0 to 127) in scientific pitch notation: 60 is `C4`, 69 is `A4` (440 Hz).
///
/// Some DAWs count octaves differently and call note 60 `C3`. Allocates.
#[must_use]
pub fn note_name(note: u8) -> String {
    format!("{}{}", NOTE_NAMES[usize::from(note % 12)], i16::from(note / 12) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn note_names_follow_scientific_pitch_notation() {
        let expected =
            [(0, "C-1"), (11, "B-1"), (12, "C0"), (36, "C2"), (60, "C4"), (61, "C#4"), (69, "A4"), (127, "G9")];
        for (note, name) in expected {
            assert_eq!(note_name(note), name, "note {note}");
        }
    }

    #[test]
    fn octave_number_rises_at_every_c_and_nowhere_else() {
        let octave =
            |note: u8| note_name(note).trim_start_matches(|c: char| !c.is_ascii_digit() && c != '-').to_owned();
        for note in 1..=127_u8 {
            assert_eq!(octave(note) != octave(note - 1), note_name(note).starts_with('C') && note % 12 == 0, "{note}");
        }
    }
}
