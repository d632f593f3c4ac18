//! Chords: the triad of each frame, and statistics of their sequence.

use std::fmt;

use super::hpcp::PROFILE_BINS;
use super::key::{Key, KeyEstimator, KeyProfile, PitchClass, Scale};
use super::tuning::first_max;
use crate::SAMPLE_RATE_HZ;

/// Number of triads.
pub const CHORDS: usize = 24;
/// Length in seconds of the window that a chord is estimated from.
const WINDOW_SECONDS: f64 = 2.0;
/// Share of the frames, in percent, above which a chord counts for [`ChordStatistics::number_rate`].
const MIN_PERCENT: f64 = 1.0;

/// Triad with the strength of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chord {
    /// Root.
    pub root: PitchClass,
    /// Major or minor triad.
    pub scale: Scale,
    /// Correlation with the triad, -1 to 1; 0 for silence.
    pub strength: f32,
}

impl Chord {
    /// Returns the place on the circle of fifths C, Em, G, Bm, ... F, Am: 0 to 23.
    #[must_use]
    pub fn circle_place(&self) -> usize {
        circle_place(self.root, self.scale)
    }
}

impl fmt::Display for Chord {
    /// Writes the name, such as `C#m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.root.name(), if self.scale == Scale::Minor { "m" } else { "" })
    }
}

fn circle_place(root: PitchClass, scale: Scale) -> usize {
    // The circle starts with C and, for minor, with E. A fifth has 7 semitones, and 7 times 7 is 1 modulo 12.
    let (first, offset) = match scale {
        Scale::Major => (3, 0),
        Scale::Minor => (7, 1),
    };
    2 * ((root.semitones() + 12 - first) * 7 % 12) + offset
}

/// Returns the triad at a place of the circle of fifths.
fn on_circle(place: usize) -> (PitchClass, Scale) {
    let fifths = place / 2 * 7;
    if place.is_multiple_of(2) {
        (PitchClass::above_a(3 + fifths), Scale::Major)
    } else {
        (PitchClass::above_a(7 + fifths), Scale::Minor)
    }
}

/// Chord estimator (Essentia's ChordsDetection with windows of 2 s).
#[derive(Debug, Clone)]
pub(super) struct ChordEstimator {
    estimator: KeyEstimator,
    half_window: usize,
}

impl ChordEstimator {
    /// Creates an estimator for frames `hop` samples apart.
    pub(super) fn new(hop: usize) -> Self {
        let window = (WINDOW_SECONDS * SAMPLE_RATE_HZ / hop.max(1) as f64) as usize;
        let half_window = (window.saturating_sub(1) / 2).max(1);
        Self { estimator: KeyEstimator::new(KeyProfile::TonicTriad, false, PROFILE_BINS), half_window }
    }

    /// Returns the number of frames before a frame that its chord is estimated from; as many follow, the frame itself
    /// included.
    pub(super) fn half_window(&self) -> usize {
        self.half_window
    }

    /// Returns the chord of the mean of some frames' chord profiles.
    pub(super) fn estimate<'a>(&self, profiles: impl Iterator<Item = &'a [f32]>) -> Chord {
        let mut sum = [0.0; PROFILE_BINS];
        for profile in profiles {
            for (sum, &value) in sum.iter_mut().zip(profile) {
                *sum += f64::from(value);
            }
        }
        // A correlation does not depend on the scale: the sum serves as the mean.
        let Key { tonic, scale, strength } = self.estimator.estimate(&sum);
        Chord { root: tonic, scale, strength: strength as f32 }
    }
}

/// Statistics of a sequence of chords (Essentia's ChordsDescriptors).
#[derive(Debug, Clone, PartialEq)]
pub struct ChordStatistics {
    /// Share of the frames of each chord in percent, on the circle of fifths from the chord of the key on.
    pub histogram: [f64; CHORDS],
    /// Number of chords with more than 1 % of the frames, divided by the number of frames.
    pub number_rate: f64,
    /// Number of changes divided by the number of frames.
    pub changes_rate: f64,
    /// Root of the most frequent chord.
    pub root: PitchClass,
    /// Scale of the most frequent chord.
    pub scale: Scale,
}

impl ChordStatistics {
    /// Returns the statistics of a sequence in a key, `None` of an empty one.
    #[must_use]
    pub fn new(chords: &[Chord], key: &Key) -> Option<Self> {
        if chords.is_empty() {
            return None;
        }
        let frames = chords.len() as f64;
        let mut counts = [0_u64; CHORDS];
        chords.iter().for_each(|chord| counts[chord.circle_place()] += 1);
        let mut histogram = counts.map(|count| 100.0 * count as f64 / frames);
        let number = histogram.iter().filter(|&&percent| percent > MIN_PERCENT).count();
        let changes =
            chords.windows(2).filter(|pair| (pair[0].root, pair[0].scale) != (pair[1].root, pair[1].scale)).count();
        let (root, scale) = on_circle(first_max(&histogram));
        histogram.rotate_left(circle_place(key.tonic, key.scale));
        let (number_rate, changes_rate) = (number as f64 / frames, changes as f64 / frames);
        Some(Self { histogram, number_rate, changes_rate, root, scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(place: usize) -> Chord {
        let (root, scale) = on_circle(place);
        Chord { root, scale, strength: 0.5 }
    }

    #[test]
    fn circle_of_fifths_is_that_of_the_reference() {
        let names: Vec<String> = (0..CHORDS).map(|place| chord(place).to_string()).collect();
        assert_eq!(names.join(" "), "C Em G Bm D F#m A C#m E Abm B Ebm F# Bbm C# Fm Ab Cm Eb Gm Bb Dm F Am");
        assert!((0..CHORDS).all(|place| chord(place).circle_place() == place));
    }

    /// Values measured on the reference.
    #[test]
    fn statistics_match_the_reference() {
        // C C Am F in C# major.
        let chords = [0, 0, 23, 22].map(chord);
        let key = Key { tonic: PitchClass::above_a(4), scale: Scale::Major, strength: 1.0 };
        let statistics = ChordStatistics::new(&chords, &key).unwrap();
        let mut expected = [0.0; CHORDS];
        expected[8..11].copy_from_slice(&[25.0, 25.0, 50.0]);
        assert_eq!(statistics.histogram, expected);
        assert_eq!((statistics.number_rate, statistics.changes_rate), (0.75, 0.5));
        assert_eq!((statistics.root.name(), statistics.scale), ("C", Scale::Major));
        assert_eq!(ChordStatistics::new(&[], &key), None);
    }

    #[test]
    fn chord_of_silence_is_a_minor_of_strength_0() {
        let chord = ChordEstimator::new(2048).estimate([[0.0; PROFILE_BINS].as_slice()].into_iter());
        assert_eq!((chord.to_string().as_str(), chord.strength), ("Am", 0.0));
        assert_eq!(ChordEstimator::new(2048).half_window(), 21);
    }
}
