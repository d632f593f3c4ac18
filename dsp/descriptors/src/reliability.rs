//! Reliability of a descriptor of a stretch of music: a short stretch says little about the piece that it belongs to.
//!
//! The limits come from a comparison of windows of 10 s and 30 s with the pieces that they belong to. Spectra of 10 s
//! deviate by a tenth to a third of the spread between pieces; the key of 10 s is that of 30 s in half of the windows.

use crate::SAMPLE_RATE_HZ;
use crate::pool::{Pool, Value};

/// Length in seconds from which a stretch since the start of a stream counts as a whole piece. Up to this length, the
/// limits of a window apply.
const WHOLE_PIECE_S: f64 = 60.0;

/// Reliability of a descriptor of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reliability {
    /// The stretch is long enough.
    Reliable,
    /// The value may be shown with a mark: a longer stretch often has another one.
    Marked,
    /// The value may not be shown: it does not describe the piece.
    Unsuitable,
}

/// Limits of one or several descriptors.
struct Limits {
    /// Name of a descriptor or of a group of descriptors, or the beginning of their names if it ends in `_`.
    name: &'static str,
    /// Duration in seconds below which the definition of the descriptor does not apply, 0 if it applies to all.
    defined_from_s: f64,
    /// Duration in seconds from which a value may be shown with a mark.
    marked_from_s: f64,
    /// Duration in seconds from which a value may be shown without a mark.
    reliable_from_s: f64,
}

const fn limits(name: &'static str, defined_from_s: f64, marked_from_s: f64, reliable_from_s: f64) -> Limits {
    Limits { name, defined_from_s, marked_from_s, reliable_from_s }
}

/// Length that no window has: the descriptor needs the whole piece.
const NEVER: f64 = f64::INFINITY;

/// Limits by name; the first match counts.
const LIMITS: &[Limits] = &[
    // Defined by the standard: a block, and a block of 3 s.
    limits("lowlevel.loudness_ebu128.momentary", 0.4, 0.4, 0.4),
    limits("lowlevel.loudness_ebu128.short_term", 3.0, 3.0, 3.0),
    limits("lowlevel.loudness_ebu128.loudness_range", 3.0, 30.0, 30.0),
    // One frame, and one block.
    limits("lowlevel.average_loudness", 2.0, 30.0, 30.0),
    limits("lowlevel.dynamic_complexity", 0.2, 30.0, 30.0),
    limits("lowlevel", 0.0, 0.0, 10.0),
    limits("rhythm.onset_rate", 0.0, 0.0, 10.0),
    // Two window lengths of the fluctuation analysis.
    limits("rhythm.danceability", 0.68, 30.0, NEVER),
    // Beats need one period frame of the tracker.
    limits("rhythm.beats_loudness", 0.0, 5.944, 10.0),
    limits("rhythm.beats_loudness_band_ratio", 0.0, 5.944, 10.0),
    limits("rhythm.beats_position", 1.1, 5.944, 30.0),
    limits("rhythm.bpm", 5.944, 5.944, 30.0),
    limits("rhythm", 0.0, 5.944, 30.0),
    limits("tonal.chords_changes_rate", 0.0, 30.0, 30.0),
    // A chord is estimated from 2 s.
    limits("tonal.chords_key", 2.0, 2.0, 30.0),
    limits("tonal.chords_", 0.0, 2.0, 30.0),
    limits("tonal.key_edma", 2.0, 2.0, 30.0),
    limits("tonal.key_krumhansl", 2.0, 2.0, 30.0),
    limits("tonal.key_temperley", 2.0, 2.0, 30.0),
    limits("tonal.tuning_frequency", 0.0, 30.0, 30.0),
    limits("tonal.tuning_", 0.0, NEVER, NEVER),
    limits("tonal", 0.0, 0.0, 10.0),
    // Classifiers are trained on whole pieces.
    limits("highlevel", 0.0, 30.0, NEVER),
    limits("metadata", 0.0, 0.0, 0.0),
];

impl Limits {
    fn includes(&self, descriptor: &str) -> bool {
        let is_boundary = |rest: &str| rest.is_empty() || rest.starts_with('.') || self.name.ends_with('_');
        descriptor.strip_prefix(self.name).is_some_and(is_boundary)
    }
}

/// Returns the reliability of a descriptor of `seconds` of music, by its dotted name with or without a statistic. The
/// stretch is the stream since its start, or else a window of it. Descriptors without known limits are
/// [`Reliability::Unsuitable`].
#[must_use]
pub fn reliability(descriptor: &str, seconds: f64, since_start: bool) -> Reliability {
    let Some(limits) = LIMITS.iter().find(|limits| limits.includes(descriptor)) else {
        return Reliability::Unsuitable;
    };
    // Comparisons with NaN are false.
    if seconds >= limits.reliable_from_s || since_start && seconds >= WHOLE_PIECE_S {
        Reliability::Reliable
    } else if seconds > 0.0 && seconds >= limits.marked_from_s {
        Reliability::Marked
    } else {
        Reliability::Unsuitable
    }
}

/// Returns the descriptors of `pool` whose definition does not apply to so few `samples` at 44.1 kHz, and the matrices
/// that are singular, in alphabetical order.
pub(crate) fn too_short_for(pool: &Pool, silent: bool, samples: u64) -> Vec<String> {
    let seconds = samples as f64 / SAMPLE_RATE_HZ;
    let has = |limits: &&Limits| pool.iter().any(|(leaf, _)| limits.includes(leaf));
    let short = LIMITS.iter().filter(|limits| seconds < limits.defined_from_s).filter(has).map(|limits| limits.name);
    let singular = |name: &&str| pool.get(name) == Some(&Value::Null) && !silent;
    let singular = ["lowlevel.gfcc.icov", "lowlevel.mfcc.icov"].into_iter().filter(singular);
    let mut names: Vec<String> = short.chain(singular).map(str::to_owned).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DESCRIPTORS;
    use Reliability::{Marked, Reliable, Unsuitable};

    #[test]
    fn windows_of_10_s_and_30_s_and_whole_pieces_have_the_reliability_of_the_table() {
        for (name, expected) in [
            ("lowlevel.mfcc.mean", [Reliable, Reliable, Reliable]),
            ("lowlevel.dissonance.mean", [Reliable, Reliable, Reliable]),
            ("rhythm.onset_rate", [Reliable, Reliable, Reliable]),
            ("rhythm.beats_loudness.mean", [Reliable, Reliable, Reliable]),
            ("lowlevel.loudness_ebu128.integrated", [Reliable, Reliable, Reliable]),
            ("lowlevel.dynamic_complexity", [Unsuitable, Reliable, Reliable]),
            ("lowlevel.average_loudness", [Unsuitable, Reliable, Reliable]),
            ("lowlevel.loudness_ebu128.loudness_range", [Unsuitable, Reliable, Reliable]),
            ("tonal.chords_changes_rate", [Unsuitable, Reliable, Reliable]),
            ("rhythm.bpm", [Marked, Reliable, Reliable]),
            ("rhythm.bpm_histogram", [Marked, Reliable, Reliable]),
            ("tonal.key_edma.key", [Marked, Reliable, Reliable]),
            ("tonal.key_temperley.strength", [Marked, Reliable, Reliable]),
            ("tonal.chords_key", [Marked, Reliable, Reliable]),
            ("tonal.tuning_frequency", [Unsuitable, Reliable, Reliable]),
            ("tonal.tuning_diatonic_strength", [Unsuitable, Unsuitable, Reliable]),
            ("tonal.tuning_equal_tempered_deviation", [Unsuitable, Unsuitable, Reliable]),
            ("rhythm.danceability", [Unsuitable, Marked, Reliable]),
            ("highlevel.mood_happy", [Unsuitable, Marked, Reliable]),
        ] {
            let stretches = [(10.0, false), (30.0, false), (180.0, true)];
            assert_eq!(stretches.map(|(seconds, start)| reliability(name, seconds, start)), expected, "{name}");
        }
    }

    #[test]
    fn stretch_since_the_start_is_a_window_until_it_is_long() {
        let since_start = |seconds| reliability("tonal.tuning_diatonic_strength", seconds, true);
        assert_eq!([59.0, 60.0].map(since_start), [Unsuitable, Reliable]);
        assert_eq!(reliability("rhythm.bpm", 20.0, true), reliability("rhythm.bpm", 20.0, false));
    }

    #[test]
    fn short_stretch_has_only_what_its_blocks_allow() {
        let of = |name| [0.0, 0.3, 1.0, 2.5, 5.0, 6.0].map(|seconds| reliability(name, seconds, false));
        assert_eq!(
            of("lowlevel.loudness_ebu128.momentary"),
            [Unsuitable, Unsuitable, Reliable, Reliable, Reliable, Reliable]
        );
        assert_eq!(of("rhythm.bpm"), [Unsuitable, Unsuitable, Unsuitable, Unsuitable, Unsuitable, Marked]);
        assert_eq!(of("tonal.key_edma.key"), [Unsuitable, Unsuitable, Unsuitable, Marked, Marked, Marked]);
        assert_eq!(of("lowlevel.spectral_centroid"), [Unsuitable, Marked, Marked, Marked, Marked, Marked]);
        assert_eq!(reliability("lowlevel.spectral_centroid", f64::NAN, true), Unsuitable);
    }

    #[test]
    fn descriptors_are_too_short_below_their_definition() {
        let mut pool = Pool::default();
        for name in ["rhythm.bpm", "rhythm.bpm_histogram", "tonal.key_edma.key", "lowlevel.average_loudness"] {
            pool.insert(name, Value::Number(1.0));
        }
        pool.insert("lowlevel.mfcc.icov", Value::Null);
        let at = |seconds: f64| too_short_for(&pool, false, (seconds * SAMPLE_RATE_HZ) as u64);
        let icov = "lowlevel.mfcc.icov";
        assert_eq!(at(1.9), ["lowlevel.average_loudness", icov, "rhythm.bpm", "tonal.key_edma"]);
        assert_eq!(at(2.0), [icov, "rhythm.bpm"]);
        assert_eq!(at(6.0), [icov]);
        assert!(too_short_for(&pool, true, 441_000).is_empty());
    }

    #[test]
    fn every_descriptor_has_limits_and_other_names_are_unsuitable() {
        for name in DESCRIPTORS {
            assert_eq!(reliability(name, 600.0, true), Reliable, "{name}");
        }
        for name in ["", "lowlevels.mfcc", "tonality.key_edma", "nonsense"] {
            assert_eq!(reliability(name, 600.0, true), Unsuitable, "{name}");
        }
    }
}
