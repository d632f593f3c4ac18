//! Settings and counters of an input, shared by its callback, its supervisor and the UI.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use super::high_pass::CORNERS_HZ;

/// Range of the gain, in decibels.
pub const GAINS_DB: RangeInclusive<f32> = -24.0..=40.0;

/// Settings and counters of an input, kept across its streams.
#[derive(Debug)]
pub struct InputStats {
    /// Gain as a factor.
    gain_bits: AtomicU32,
    /// Cutoff frequency of the high-pass in Hz; 0 for no filter.
    high_pass_bits: AtomicU32,
    /// Number of frames of all streams.
    frames: AtomicU64,
    /// Number of overruns reported by the audio backend.
    overruns: AtomicU64,
    /// Number of errors of all kinds.
    errors: AtomicU64,
    /// Source time after the last frame, in seconds.
    source_s_bits: AtomicU64,
    /// Arrival of the last frame, in nanoseconds after `base`; 0 before the first frame.
    arrival_ns: AtomicU64,
    base: Instant,
}

impl InputStats {
    /// Creates zeroed counters, with a gain in decibels and no high-pass.
    pub fn new(gain_db: f32) -> Self {
        let stats = Self {
            gain_bits: AtomicU32::new(1.0_f32.to_bits()),
            high_pass_bits: AtomicU32::new(0),
            frames: AtomicU64::new(0),
            overruns: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            source_s_bits: AtomicU64::new(0),
            arrival_ns: AtomicU64::new(0),
            base: Instant::now(),
        };
        stats.set_gain_db(gain_db);
        stats
    }

    /// Sets the gain in decibels, clamped to [`GAINS_DB`] (default 0). Real-time safe.
    pub fn set_gain_db(&self, gain_db: f32) {
        let gain_db = if gain_db.is_finite() { gain_db.clamp(*GAINS_DB.start(), *GAINS_DB.end()) } else { 0.0 };
        // At 0 dB the samples stay bit-identical.
        let gain = if gain_db == 0.0 { 1.0 } else { 10.0_f32.powf(gain_db / 20.0) };
        self.gain_bits.store(gain.to_bits(), Relaxed);
    }

    /// Sets the cutoff frequency of the high-pass in Hz, clamped to [`CORNERS_HZ`] (default `None`: no filter).
    /// Real-time safe.
    pub fn set_high_pass_hz(&self, corner_hz: Option<f32>) {
        let corner_hz = corner_hz.filter(|corner_hz| corner_hz.is_finite());
        let corner_hz = corner_hz.map_or(0.0, |corner_hz| corner_hz.clamp(*CORNERS_HZ.start(), *CORNERS_HZ.end()));
        self.high_pass_bits.store(corner_hz.to_bits(), Relaxed);
    }

    /// Returns the number of frames of all streams. Real-time safe.
    pub fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    /// Returns the number of overruns reported by the audio backend. Real-time safe.
    pub fn overruns(&self) -> u64 {
        self.overruns.load(Relaxed)
    }

    /// Returns the number of errors reported by the audio backend, including overruns. Real-time safe.
    pub fn errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }

    /// Returns the source time after the last frame, in seconds. Real-time safe.
    pub fn source_s(&self) -> f64 {
        f64::from_bits(self.source_s_bits.load(Relaxed))
    }

    /// Returns the gain as a factor. Real-time safe.
    pub(super) fn gain(&self) -> f32 {
        f32::from_bits(self.gain_bits.load(Relaxed))
    }

    /// Returns the cutoff frequency of the high-pass in Hz; 0 for no filter. Real-time safe.
    pub(super) fn high_pass_hz(&self) -> f32 {
        f32::from_bits(self.high_pass_bits.load(Relaxed))
    }

    /// Counts an error; `overrun` marks an overrun. Real-time safe.
    pub(super) fn count_error(&self, overrun: bool) {
        self.errors.fetch_add(1, Relaxed);
        self.overruns.fetch_add(u64::from(overrun), Relaxed);
    }

    /// Returns the source time at which a reopened stream starts: the end of the last stream plus the wall-clock time
    /// since then, less the first block of `block_s` seconds, which has just arrived. `None` for the first stream.
    /// Real-time safe.
    pub(super) fn resume_time_s(&self, block_s: f64) -> Option<f64> {
        let arrival_ns = Some(self.arrival_ns.load(Relaxed)).filter(|&arrival_ns| arrival_ns > 0)?;
        let passed_s = self.now_ns().saturating_sub(arrival_ns) as f64 * 1e-9;
        Some(self.source_s() + (passed_s - block_s).max(0.0))
    }

    /// Records the arrival of a block that ends at `source_s`, in seconds. Real-time safe.
    pub(super) fn record_block(&self, frames: usize, source_s: f64) {
        self.frames.fetch_add(frames as u64, Relaxed);
        self.source_s_bits.store(source_s.to_bits(), Relaxed);
        self.arrival_ns.store(self.now_ns().max(1), Relaxed);
    }

    fn now_ns(&self) -> u64 {
        self.base.elapsed().as_nanos() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gain_is_in_decibels_and_nan_is_0_db() {
        let stats = InputStats::new(20.0);
        assert!((stats.gain() - 10.0).abs() < 1e-5);
        for (db, gain) in [(0.0, 1.0), (f32::NAN, 1.0), (-1000.0, 10.0_f32.powf(-1.2)), (1000.0, 100.0)] {
            stats.set_gain_db(db);
            assert!((stats.gain() / gain - 1.0).abs() < 1e-5, "{db} dB: {}", stats.gain());
        }
    }

    #[test]
    fn second_stream_resumes_after_the_elapsed_time() {
        let stats = InputStats::new(0.0);
        assert_eq!(stats.resume_time_s(0.01), None, "the first stream starts at 0");
        stats.record_block(480, 0.01);
        std::thread::sleep(std::time::Duration::from_millis(30));
        let resume_s = stats.resume_time_s(0.01).unwrap();
        assert!(
            (0.03..1.0).contains(&resume_s),
            "{resume_s} s, expected the first block plus the pause, less one block"
        );
        assert_eq!((stats.frames(), stats.source_s()), (480, 0.01));
    }
}
