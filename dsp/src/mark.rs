//! What happens to a stream between two of its samples, and the clock that follows it.

use crate::SampleRate;

/// Something that happens between two samples of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MarkKind {
    /// Samples are missing here because the ring was full: source time goes on, what was heard before does not join on.
    Gap {
        /// How many samples are missing, at the stream's rate; at least 1.
        lost: u64,
    },
    /// The stream begins anew, as if nothing had been heard: source time is 0.
    Reset,
    /// The transport jumped: source time continues from here, what was heard before does not join on.
    Seek {
        /// Source time of the next sample, in seconds; finite, negative in a pre-roll.
        to_s: f64,
    },
    /// The stream is over: what is held back is flushed. Only a reset or a seek starts another take.
    End,
}

/// A mark with its place: it takes effect between sample `at - 1` and sample `at` of the ring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// How many samples have been read from the ring when the mark takes effect.
    pub at: u64,
    /// What happens there.
    pub kind: MarkKind,
}

/// A place in a tap's ring: how much went through it since the tap was made, whatever source time says.
///
/// Samples and marks come in one order, so a later place never has less of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RingPosition {
    /// Samples, at the stream's rate.
    pub samples: u64,
    /// Marks.
    pub marks: u64,
}

impl RingPosition {
    /// Whether this place is `other` or behind it.
    #[must_use]
    pub fn has_reached(self, other: Self) -> bool {
        self.samples >= other.samples && self.marks >= other.marks
    }
}

/// Source time of the next sample, in seconds: follows samples and marks.
///
/// Samples are counted since the last jump and divided once, so the clock does not drift. Both ends of a tap run one:
/// the audio thread's says what time it is, the analyzer's what time it is hearing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceClock {
    rate: SampleRate,
    /// Source time of the last jump, in seconds.
    origin_s: f64,
    /// Samples since then, lost ones included.
    samples: u64,
}

impl SourceClock {
    /// A clock at 0 for a stream at `rate`.
    #[must_use]
    pub const fn new(rate: SampleRate) -> Self {
        Self { rate, origin_s: 0.0, samples: 0 }
    }

    /// Source time of the next sample, in seconds. Real-time safe.
    #[must_use]
    pub fn now_s(&self) -> f64 {
        self.origin_s + self.rate.seconds(self.samples)
    }

    /// How long so many samples last, in seconds. Real-time safe.
    #[must_use]
    pub fn seconds(&self, samples: usize) -> f64 {
        self.rate.seconds(samples as u64)
    }

    /// Moves on by so many samples. Real-time safe.
    pub fn advance(&mut self, samples: usize) {
        self.samples += samples as u64;
    }

    /// Follows a mark: a gap moves on by what was lost, a seek goes where it says, a reset to 0, an end stays. Real-time safe.
    pub fn apply(&mut self, kind: MarkKind) {
        match kind {
            MarkKind::Gap { lost } => self.samples += lost,
            MarkKind::Reset => *self = Self::new(self.rate),
            MarkKind::Seek { to_s } => *self = Self { origin_s: to_s, ..Self::new(self.rate) },
            MarkKind::End => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_time_follows_samples_and_marks() {
        let mut clock = SourceClock::new(SampleRate::HZ_16000);
        let cases = [
            (MarkKind::Gap { lost: 16_000 }, 8_000, 1.5),
            (MarkKind::Seek { to_s: 100.25 }, 4_000, 100.5),
            (MarkKind::Gap { lost: 8_000 }, 0, 101.0),
            (MarkKind::End, 0, 101.0),
            (MarkKind::Seek { to_s: -2.0 }, 16_000, -1.0),
            (MarkKind::Reset, 16_000, 1.0),
        ];
        for (kind, samples, expected) in cases {
            clock.apply(kind);
            clock.advance(samples);
            assert_eq!(clock.now_s(), expected, "after {kind:?} and {samples} samples");
        }
    }

    #[test]
    fn an_odd_rate_does_not_drift_over_a_day() {
        let rate = SampleRate::new(44_100.0).unwrap();
        let mut clock = SourceClock::new(rate);
        for _ in 0..86_400 {
            clock.advance(44_100);
        }
        assert_eq!(clock.now_s(), 86_400.0);
    }

    #[test]
    fn a_place_is_reached_with_its_samples_and_its_marks() {
        let place = RingPosition { samples: 10, marks: 2 };
        for (samples, marks, reached) in [(10, 2, true), (11, 2, true), (10, 3, true), (9, 2, false), (10, 1, false)] {
            assert_eq!(RingPosition { samples, marks }.has_reached(place), reached, "{samples} samples, {marks} marks");
        }
    }
}
