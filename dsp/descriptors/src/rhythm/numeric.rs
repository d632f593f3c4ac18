//! Small functions of the rhythm descriptors.

use crate::SAMPLE_RATE_HZ;
use crate::random::{GAMMA, split_mix, uniform};

/// Returns the value, or 0 if it is infinite or not a number.
pub(super) fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}

/// Returns a number from 0 to 1 that depends only on `index` and seems random (SplitMix64).
pub(super) fn noise(index: u64) -> f64 {
    uniform(split_mix(index.wrapping_mul(GAMMA)))
}

/// Returns the time in seconds of a sample.
pub(super) fn seconds(samples: usize) -> f64 {
    samples as f64 / SAMPLE_RATE_HZ
}
