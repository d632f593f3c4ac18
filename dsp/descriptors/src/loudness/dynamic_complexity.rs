//! Dynamic complexity: mean deviation of the level from the loudness of the piece, in dB.

use std::ops::Range;

use super::blocks_in;
use crate::SAMPLE_RATE_HZ;
use crate::math::{DECIBEL_FLOOR, decibels};

/// Length of a block: 0.2 s.
const BLOCK_LEN: usize = 8820;
/// Time constant of the level in seconds.
const TIME_CONSTANT_S: f64 = 0.035;
/// Gain and pole of the weighting filter, a high-pass of the first order.
const WEIGHTING: (f64, f64) = (0.98595, 0.9719);
/// Base of the weights by which loud blocks count more.
const LOUDNESS_BASE: f64 = 0.9;

/// Record of the level of blocks of 0.2 s (Essentia's DynamicComplexity).
#[derive(Debug, Clone)]
pub struct DynamicComplexity {
    decay: f64,
    /// Input and output of the weighting filter one sample ago.
    previous: (f64, f64),
    /// Power of the smoothed signal so far.
    level: f64,
    filled: usize,
    levels: Vec<f64>,
}

impl Default for DynamicComplexity {
    fn default() -> Self {
        let decay = (-1.0 / (TIME_CONSTANT_S * SAMPLE_RATE_HZ)).exp();
        Self { decay, previous: (0.0, 0.0), level: 0.0, filled: 0, levels: Vec::new() }
    }
}

impl DynamicComplexity {
    /// Adds mono samples without gain.
    pub fn push(&mut self, mono: &[f32]) {
        let (gain, pole) = WEIGHTING;
        for &sample in mono {
            let input = f64::from(sample);
            let output = gain * (input - self.previous.0) + pole * self.previous.1;
            self.previous = (input, output);
            self.level = self.decay * self.level + (1.0 - self.decay) * output * output;
            self.filled += 1;
            if self.filled == BLOCK_LEN {
                self.filled = 0;
                self.levels.push(self.level);
            }
        }
    }

    /// Discards all blocks.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Returns the complexity with the linear `gain`, of the complete blocks in `window`, and 0 without any.
    #[must_use]
    pub fn value(&self, window: Option<&Range<u64>>, gain: f64) -> f64 {
        let blocks = blocks_in(window, self.levels.len(), BLOCK_LEN, BLOCK_LEN);
        let levels: Vec<f64> = self.levels[blocks].iter().map(|level| decibels(level * gain * gain)).collect();
        let sounding = |&level: &f64| level != DECIBEL_FLOOR;
        let (Some(first), Some(last)) = (levels.iter().position(sounding), levels.iter().rposition(sounding)) else {
            return 0.0;
        };
        let levels = &levels[first..=last];
        let weights: Vec<f64> = levels.iter().map(|level| LOUDNESS_BASE.powf(-level)).collect();
        let total: f64 = weights.iter().sum();
        let loudness = levels.iter().zip(&weights).map(|(level, weight)| level * weight).sum::<f64>() / total;
        levels.iter().map(|level| (level - loudness).abs()).sum::<f64>() / levels.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_noise_is_simple_and_silence_is_zero() {
        let mut complexity = DynamicComplexity::default();
        assert_eq!(complexity.value(None, 1.0), 0.0);
        let noise = |level: f32| move |i: usize| if (i * 7919) % 13 < 6 { level } else { -level };
        complexity.push(&(0..441_000).map(noise(0.1)).collect::<Vec<_>>());
        let steady = complexity.value(None, 1.0);
        complexity.push(&(0..441_000).map(noise(0.01)).collect::<Vec<_>>());
        let changing = complexity.value(None, 1.0);
        assert!(steady < 0.5 && changing > 5.0, "{steady} {changing}");
        assert!((complexity.value(Some(&(0..441_000)), 1.0) - steady).abs() < 1e-12);
    }
}
