//! Small functions that several descriptors share, with the conventions of the reference.

use std::ops::Range;

/// Lowest level that [`decibels`] returns, in dB.
pub const DECIBEL_FLOOR: f64 = -100.0;
/// Power below which [`decibels`] returns the floor.
pub const POWER_FLOOR: f64 = 1e-10;

/// Returns the level of a power in dB: `10 log10(power)`, -100 below 1e-10.
#[must_use]
pub fn decibels(power: f64) -> f64 {
    if power < POWER_FLOOR { DECIBEL_FLOOR } else { 10.0 * power.log10() }
}

/// Returns the nearest integer; halves are rounded up.
#[must_use]
pub fn round_half_up(value: f64) -> f64 {
    (value + 0.5).floor()
}

/// Returns the mean square of a frame.
#[must_use]
pub fn mean_square(frame: &[f32]) -> f64 {
    if frame.is_empty() {
        return 0.0;
    }
    // Interleaved sums do not wait for one another.
    let mut sums = [0.0; 8];
    let parts = frame.chunks_exact(sums.len());
    let rest: f64 = parts.remainder().iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    for part in parts {
        for (sum, &sample) in sums.iter_mut().zip(part) {
            *sum += f64::from(sample) * f64::from(sample);
        }
    }
    (sums.iter().sum::<f64>() + rest) / frame.len() as f64
}

/// Returns the median of `values`, the mean of the middle two for an even count, and 0 for none. Reorders `values`.
#[must_use]
pub fn median(values: &mut [f64]) -> f64 {
    let len = values.len();
    if len == 0 {
        return 0.0;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(len / 2, f64::total_cmp);
    if len % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * (lower + upper)
}

/// Returns the frames whose centre lies in `window`, all by default. The first of `count` frames has its centre at sample
/// `first`, and the centres are `hop` samples apart.
pub(crate) fn frames_in(window: Option<&Range<u64>>, first: usize, hop: usize, count: usize) -> Range<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_even_count_is_mean_of_the_middle_two() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&mut []), 0.0);
    }

    #[test]
    fn level_has_a_floor() {
        assert_eq!(decibels(0.01), -20.0);
        assert_eq!(decibels(0.0), DECIBEL_FLOOR);
        assert_eq!(round_half_up(-0.5), 0.0);
        assert_eq!(mean_square(&[0.5, -0.5]), 0.25);
        assert_eq!(mean_square(&[0.5; 19]), 0.25);
    }
}
