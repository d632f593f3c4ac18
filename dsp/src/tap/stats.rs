//! What a tap did, readable from any thread.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::level::{Level, Meter};

/// What a tap did since it was made, in samples at the stream's rate where not said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TapCounters {
    /// Offered to the tap, after downmix, whether taken or dropped.
    pub pushed: u64,
    /// Dropped because the reader was late.
    pub dropped: u64,
    /// Gap marks handed to the reader; a gap that is still growing is not among them.
    pub gaps: u64,
    /// Input samples (before downmix, so up to one per channel and frame) that were not audio and count as 0.
    /// Dropped blocks are not looked at.
    pub scrubbed: u64,
}

/// A tap's counters and clock as atomics: written by the audio thread alone, read by any.
///
/// Each number is right by itself; two read while audio runs may be a block apart.
#[derive(Debug, Default)]
pub struct TapStats {
    pushed: AtomicU64,
    dropped: AtomicU64,
    gaps: AtomicU64,
    scrubbed: AtomicU64,
    source_s_bits: AtomicU64,
    meter: Meter,
}

impl TapStats {
    /// The counters now. Real-time safe.
    #[must_use]
    pub fn counters(&self) -> TapCounters {
        TapCounters {
            pushed: self.pushed.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            gaps: self.gaps.load(Relaxed),
            scrubbed: self.scrubbed.load(Relaxed),
        }
    }

    /// Source time of the sample that comes next, in seconds: the "now" from which an age is reckoned. Real-time safe.
    #[must_use]
    pub fn source_s(&self) -> f64 {
        f64::from_bits(self.source_s_bits.load(Relaxed))
    }

    /// How loud the blocks taken lately were; dropped ones are not looked at. Real-time safe.
    #[must_use]
    pub fn level(&self) -> Level {
        self.meter.level()
    }

    pub(super) fn hear(&self, mono: &[f32], seconds: f64) {
        self.meter.hear(mono, seconds);
    }

    pub(super) fn add_pushed(&self, samples: usize) {
        self.pushed.fetch_add(samples as u64, Relaxed);
    }

    pub(super) fn add_dropped(&self, samples: usize) {
        self.dropped.fetch_add(samples as u64, Relaxed);
    }

    pub(super) fn add_gaps(&self, gaps: u64) {
        self.gaps.fetch_add(gaps, Relaxed);
    }

    pub(super) fn add_scrubbed(&self, samples: usize) {
        self.scrubbed.fetch_add(samples as u64, Relaxed);
    }

    pub(super) fn set_source_s(&self, source_s: f64) {
        self.source_s_bits.store(source_s.to_bits(), Relaxed);
    }
}
