//! Replay gain: the gain that brings the loud parts of a piece to a common level.

use std::ops::Range;

use super::{SpanSums, blocks_in};
use crate::math::decibels;

/// Length of a block: 50 ms.
const BLOCK_LEN: usize = 2205;
/// Level in dB of the pink noise to which the reference aligns pieces.
const REFERENCE_DB: f64 = -31.462_667_465_209_96;
/// Share of the blocks that are quieter than the one which counts.
const QUANTILE: f64 = 0.95;

/// Record of the power of the signal after the equal-loudness filter, in blocks of 50 ms (Essentia's ReplayGain).
#[derive(Debug, Clone)]
pub struct ReplayGain {
    powers: SpanSums,
}

impl Default for ReplayGain {
    fn default() -> Self {
        Self { powers: SpanSums::new(BLOCK_LEN) }
    }
}

impl ReplayGain {
    /// Adds samples after the equal-loudness filter.
    pub fn push(&mut self, equal_loudness: &[f32]) {
        equal_loudness.iter().for_each(|&sample| self.powers.push(f64::from(sample) * f64::from(sample)));
    }

    /// Discards all blocks.
    pub fn reset(&mut self) {
        self.powers.reset();
    }

    /// Returns the gain in dB of the blocks in `window` (samples; `None`: all), 68.5 for silence; `None` without any
    /// block. An incomplete block at the end counts as padded with zeros if the window reaches the end.
    #[must_use]
    pub fn decibels(&self, window: Option<&Range<u64>>) -> Option<f64> {
        let complete = self.powers.complete();
        let range = blocks_in(window, complete.len(), BLOCK_LEN, BLOCK_LEN);
        let mut powers = complete[range].to_vec();
        if window.is_none_or(|window| window.end >= self.powers.samples()) {
            powers.extend(self.powers.incomplete());
        }
        if powers.is_empty() {
            return None;
        }
        let rank = ((QUANTILE * powers.len() as f64) as usize).min(powers.len() - 1);
        let power = *powers.select_nth_unstable_by(rank, f64::total_cmp).1 / BLOCK_LEN as f64;
        Some(REFERENCE_DB - decibels(power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loudest_blocks_decide_and_silence_has_a_defined_gain() {
        let mut gain = ReplayGain::default();
        assert_eq!(gain.decibels(None), None);
        for level in [0.1_f32; 90].into_iter().chain([1.0; 10]) {
            gain.push(&[level; BLOCK_LEN]);
        }
        assert!((gain.decibels(None).unwrap() - REFERENCE_DB).abs() < 1e-6);
        let quiet = 0..80 * BLOCK_LEN as u64;
        assert!((gain.decibels(Some(&quiet)).unwrap() - REFERENCE_DB - 20.0).abs() < 1e-5);
        gain.reset();
        gain.push(&[0.0; 10]);
        assert!((gain.decibels(None).unwrap() - 68.537).abs() < 1e-3);
    }
}
