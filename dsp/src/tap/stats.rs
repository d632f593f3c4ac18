//! Counters of a tap, readable from any thread.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::level::{Level, Meter};

/// Counters of a tap since it was created, in samples at the stream's rate unless stated otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TapCounters {
    /// Samples pushed after downmix, including dropped ones.
    pub pushed: u64,
    /// Samples dropped because the ring was full.
    pub dropped: u64,
    /// Number of gap marks delivered to the reader, without a gap that is still growing.
    pub gaps: u64,
    /// Invalid input samples replaced by 0, before downmix, so up to one per channel and frame. Dropped blocks are not
    /// examined.
    pub sanitized: u64,
}

/// Counters, source time and level of a tap as atomics: written by the audio thread, read by any thread.
///
/// Each value is consistent by itself; two values read while audio runs may be one block apart.
#[derive(Debug, Default)]
pub struct TapStats {
    pushed: AtomicU64,
    dropped: AtomicU64,
    gaps: AtomicU64,
    sanitized: AtomicU64,
    source_s_bits: AtomicU64,
    meter: Meter,
}

impl TapStats {
    /// Returns the current counters. Real-time safe.
    #[must_use]
    pub fn counters(&self) -> TapCounters {
        TapCounters {
            pushed: self.pushed.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            gaps: self.gaps.load(Relaxed),
            sanitized: self.sanitized.load(Relaxed),
        }
    }

    /// Returns the source time of the next sample in seconds, relative to which ages are computed. Real-time safe.
    #[must_use]
    pub fn source_s(&self) -> f64 {
        f64::from_bits(self.source_s_bits.load(Relaxed))
    }

    /// Returns the level of recent blocks, without dropped ones. Real-time safe.
    #[must_use]
    pub fn level(&self) -> Level {
        self.meter.level()
    }

    pub(super) fn update_level(&self, mono: &[f32], seconds: f64) {
        self.meter.update(mono, seconds);
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

    pub(super) fn add_sanitized(&self, samples: usize) {
        self.sanitized.fetch_add(samples as u64, Relaxed);
    }

    pub(super) fn set_source_s(&self, source_s: f64) {
        self.source_s_bits.store(source_s.to_bits(), Relaxed);
    }
}
