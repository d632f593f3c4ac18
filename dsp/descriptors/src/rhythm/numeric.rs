//! Small functions of the rhythm descriptors.

use std::ops::Range;

use crate::SAMPLE_RATE_HZ;

/// Returns the frames whose centre lies in `window`, all by default. The first of `count` frames has its centre at sample
/// `first`, and the centres are `hop` samples apart.
pub(super) fn frames_in(window: Option<&Range<u64>>, first: usize, hop: usize, count: usize) -> Range<usize> {
    let Some(window) = window else {
        return 0..count;
    };
    let frame_from = |sample: u64| {
        let frame = sample.saturating_sub(first as u64).div_ceil(hop as u64);
        usize::try_from(frame).unwrap_or(usize::MAX).min(count)
    };
    let start = frame_from(window.start);
    start..frame_from(window.end).max(start)
}

/// Returns the value, or 0 if it is infinite or not a number.
pub(super) fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}

/// Returns a number from 0 to 1 that depends only on `index` and seems random (SplitMix64).
pub(super) fn noise(index: u64) -> f64 {
    let mut bits = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Returns the time in seconds of a sample.
pub(super) fn seconds(samples: usize) -> f64 {
    samples as f64 / SAMPLE_RATE_HZ
}
