//! Marks between two samples of a stream, and the source clock that applies them.

use crate::SampleRate;

/// Event between two samples of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MarkKind {
    /// Samples are missing because the ring was full: source time advances, and audio before the gap is not continued.
    Gap {
        /// Number of missing samples at the stream's rate, at least 1.
        lost: u64,
    },
    /// The stream restarts: all state is discarded and source time is 0.
    Reset,
    /// The transport jumped: source time continues at `to_s`, and audio before the jump is not continued.
    Seek {
        /// Source time of the next sample, in seconds; finite, negative in a pre-roll.
        to_s: f64,
    },
    /// The stream ended: pending results are flushed. Only a reset or a seek starts another segment.
    End,
}

/// Mark with its position: it takes effect between samples `at - 1` and `at` of the ring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Number of samples read from the ring before the mark takes effect.
    pub at: u64,
    /// Event at this position.
    pub kind: MarkKind,
}

/// Position in a tap's ring: the samples and marks that passed since the tap was created, independent of source time.
///
/// Samples and marks are ordered, so neither count of a later position is lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RingPosition {
    /// Number of samples, at the stream's rate.
    pub samples: u64,
    /// Number of marks.
    pub marks: u64,
}

impl RingPosition {
    /// Whether this position is `other` or later.
    #[must_use]
    pub fn has_reached(self, other: Self) -> bool {
        self.samples >= other.samples && self.marks >= other.marks
    }
}

/// Source clock of a stream: source time of the next sample, updated by samples and marks.
///
/// The clock counts samples since the last jump and divides once, so it does not drift. Each end of a tap has a clock:
/// that of the audio thread gives the current source time, that of the analyzer the source time of what it analyzes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceClock {
    rate: SampleRate,
    /// Source time of the last jump, in seconds.
    origin_s: f64,
    /// Number of samples since the last jump, including lost ones.
    samples: u64,
}

impl SourceClock {
    /// Creates a clock at 0 for a stream at `rate`.
    #[must_use]
    pub const fn new(rate: SampleRate) -> Self {
        Self { rate, origin_s: 0.0, samples: 0 }
    }

    /// Returns the source time of the next sample, in seconds. Real-time safe.
    #[must_use]
    pub fn now_s(&self) -> f64 {
        self.origin_s + self.rate.seconds(self.samples)
    }

    /// Returns the duration of `samples` samples, in seconds. Real-time safe.
    #[must_use]
    pub fn seconds(&self, samples: usize) -> f64 {
        self.rate.seconds(samples as u64)
    }

    /// Advances by `samples` samples. Real-time safe.
    pub fn advance(&mut self, samples: usize) {
        self.samples += samples as u64;
    }

    /// Applies a mark: a gap advances by the lost samples, a seek sets the time, a reset sets 0, an end changes
    /// nothing. Real-time safe.
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
    fn clock_does_not_drift_over_a_day() {
        let rate = SampleRate::new(44_100.0).unwrap();
        let mut clock = SourceClock::new(rate);
        for _ in 0..86_400 {
            clock.advance(44_100);
        }
        assert_eq!(clock.now_s(), 86_400.0);
    }

    #[test]
    fn position_is_reached_only_after_its_marks() {
        let place = RingPosition { samples: 10, marks: 2 };
        for (samples, marks, reached) in [(10, 2, true), (11, 2, true), (10, 3, true), (9, 2, false), (10, 1, false)] {
            assert_eq!(RingPosition { samples, marks }.has_reached(place), reached, "{samples} samples, {marks} marks");
        }
    }
}
