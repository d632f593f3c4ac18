//! Pitch classes: names, circle of fifths, scales and chords. 0 is C, 11 is B.

/// Names as the extractor writes them.
const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
/// Names for a screen reader.
const SPOKEN: [&str; 12] = ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];

/// Returns the name of a pitch class.
pub(crate) fn name(pitch_class: usize) -> &'static str {
    NAMES[pitch_class % 12]
}

/// Returns the name of a pitch class in words.
pub(crate) fn spoken(pitch_class: usize) -> &'static str {
    SPOKEN[pitch_class % 12]
}

/// Returns the mode as the end of a name.
pub(crate) fn mode(minor: bool) -> &'static str {
    if minor { "minor" } else { "major" }
}

/// Returns the position of a pitch class on the circle of fifths: C at 0, G at 1, F at 11.
pub(crate) fn position(pitch_class: usize) -> usize {
    // A fifth has 7 semitones, and 7 is its own inverse modulo 12.
    pitch_class * 7 % 12
}

/// Returns the first of the seven neighbouring positions that are the notes of a key.
pub(crate) fn first_position(tonic: usize, minor: bool) -> usize {
    // The fourth of the relative major key, whose tonic is three semitones above a minor tonic.
    let major = if minor { tonic + 3 } else { tonic };
    (position(major) + 11) % 12
}

/// Whether a key has a pitch class (natural minor).
pub(crate) fn is_in_key(tonic: usize, minor: bool, pitch_class: usize) -> bool {
    (position(pitch_class) + 12 - first_position(tonic, minor)) % 12 < 7
}

/// Returns root, third and fifth of a chord.
pub(crate) fn triad(root: usize, minor: bool) -> [usize; 3] {
    [root, root + if minor { 3 } else { 4 }, root + 7].map(|pitch_class| pitch_class % 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_fifths_apart() {
        let order: Vec<&str> =
            (0..12).filter_map(|at| (0..12).find(|&pitch_class| position(pitch_class) == at)).map(name).collect();
        assert_eq!(order, ["C", "G", "D", "A", "E", "B", "F#", "C#", "Ab", "Eb", "Bb", "F"]);
    }

    #[test]
    fn key_has_the_notes_of_its_scale() {
        for (tonic, minor, steps) in [(0, false, [0, 2, 4, 5, 7, 9, 11]), (0, true, [0, 2, 3, 5, 7, 8, 10])] {
            for shift in 0..12 {
                let notes: Vec<usize> = (0..12).filter(|step| is_in_key(tonic + shift, minor, step + shift)).collect();
                assert_eq!(notes, steps, "{} {}", name(shift), mode(minor));
            }
        }
    }

    #[test]
    fn triad_has_the_third_of_its_mode() {
        assert_eq!(triad(9, true).map(name), ["A", "C", "E"]);
        assert_eq!(triad(7, false).map(name), ["G", "B", "D"]);
        assert_eq!(triad(255, false).map(name), ["Eb", "G", "Bb"]);
    }
}
