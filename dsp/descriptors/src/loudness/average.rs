//! Average loudness: dynamic range as a number from 0 (large) to 1 (small).

use std::ops::Range;

use super::{SpanSums, blocks_from_zero, blocks_in};
use crate::math::decibels;

/// Exponent that turns energy into loudness (Stevens).
const STEVENS_EXPONENT: f64 = 0.67;
/// Least loudness of a block relative to the loudest, and least loudness to which blocks are related.
const FLOOR: f64 = 1e-4;
/// Level in dB at which the curve has its middle, and its width.
const CURVE_DB: (f64, f64) = (-5.0, 3.0);

/// Record of the energy of half blocks (Essentia's LevelExtractor with the curve of MusicExtractor).
#[derive(Debug, Clone)]
pub struct AverageLoudness {
    /// Number of hops in a block, at least 1.
    hops: usize,
    energies: SpanSums,
}

impl AverageLoudness {
    /// Creates a record for blocks of `len` samples every `hop` samples (default 88200 and 44100). `len` counts in whole
    /// hops.
    #[must_use]
    pub fn new(len: usize, hop: usize) -> Self {
        let hop = hop.max(1);
        Self { hops: (len / hop).max(1), energies: SpanSums::new(hop) }
    }

    /// Adds mono samples without gain.
    pub fn push(&mut self, mono: &[f32]) {
        mono.iter().for_each(|&sample| self.energies.push(f64::from(sample) * f64::from(sample)));
    }

    /// Discards all blocks.
    pub fn reset(&mut self) {
        self.energies.reset();
    }

    /// Returns the average loudness with the linear `gain`, of the blocks in `window`; `None` without any block.
    #[must_use]
    pub fn value(&self, window: Option<&Range<u64>>, gain: f64) -> Option<f64> {
        let hop = self.energies.len;
        let count = blocks_from_zero(self.energies.samples(), hop * self.hops, hop);
        let blocks = blocks_in(window, count, hop * self.hops, hop);
        if blocks.is_empty() {
            return None;
        }
        let loudness =
            |block: usize| (self.energies.sum(block..block + self.hops) * gain * gain).powf(STEVENS_EXPONENT);
        let loudness: Vec<f64> = blocks.map(loudness).collect();
        let loudest = loudness.iter().copied().fold(FLOOR, f64::max);
        let mean = loudness.iter().map(|block| (block / loudest).max(FLOOR)).sum::<f64>() / loudness.len() as f64;
        let (middle, width) = CURVE_DB;
        Some(0.5 + 0.5 * (-1.0 + 2.0 * (decibels(mean) - middle) / width).tanh())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_music_is_near_one_and_a_lone_burst_near_zero() {
        let mut steady = AverageLoudness::new(88_200, 44_100);
        assert_eq!(steady.value(None, 1.0), None);
        steady.push(&vec![0.1; 10 * 44_100]);
        assert!(steady.value(None, 1.0).unwrap() > 0.95);
        let mut burst = AverageLoudness::new(88_200, 44_100);
        burst.push(&vec![0.5; 44_100]);
        burst.push(&vec![0.0; 30 * 44_100]);
        assert!(burst.value(None, 1.0).unwrap() < 0.01);
        assert!(burst.value(Some(&(0..88_200)), 1.0).unwrap() > 0.9);
    }
}
