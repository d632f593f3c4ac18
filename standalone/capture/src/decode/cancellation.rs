//! Detection of channels that cancel each other in the mono mix.

/// Mean square of the channels above which a track is not silent (-60 dBFS).
const MIN_POWER: f64 = 1e-6;
/// Ratio of the power of the mix to that of the channels, below which the channels cancel each other (-40 dB).
const MAX_RATIO: f64 = 1e-4;

/// One of this many blocks is measured, so that the measurement costs next to nothing.
const MEASURED_EVERY: usize = 8;
/// Number of sums that are added to in turn.
const LANES: usize = 16;

/// Power of the channels of a track, and of their mix.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CancellationMeter {
    channels: f64,
    mix: f64,
    samples: f64,
    blocks: usize,
}

impl CancellationMeter {
    /// Adds interleaved samples of `channels` channels and their mix.
    pub(super) fn push(&mut self, interleaved: &[f32], channels: usize, mono: &[f32]) {
        let is_measured = self.blocks.is_multiple_of(MEASURED_EVERY);
        self.blocks += 1;
        if channels < 2 || !is_measured {
            return;
        }
        self.channels += power(interleaved) / channels as f64;
        self.mix += power(mono);
        self.samples += mono.len() as f64;
    }

    /// Whether the channels cancel each other.
    pub(super) fn is_cancelled(&self) -> bool {
        self.channels > MIN_POWER * self.samples && self.mix < MAX_RATIO * self.channels
    }
}

/// Returns the sum of the squares of a block; 0 if a sample of it is invalid.
fn power(samples: &[f32]) -> f64 {
    // Several sums, so that the compiler adds them at once.
    let mut sums = [0.0_f32; LANES];
    let (blocks, rest) = samples.as_chunks::<LANES>();
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, &sample)| *sum += sample * sample);
    }
    let sum = sums.iter().sum::<f32>() + rest.iter().map(|&sample| sample * sample).sum::<f32>();
    if sum.is_finite() { sum.into() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_cancelled(right: impl Fn(f32) -> f32, level: f32) -> bool {
        let mut meter = CancellationMeter::default();
        let left = (0..1000).map(|i| level * (i as f32 * 0.1).sin());
        let frames: Vec<[f32; 2]> = left.map(|left| [left, right(left)]).collect();
        let mono: Vec<f32> = frames.iter().map(|[left, right]| 0.5 * (left + right)).collect();
        meter.push(frames.as_flattened(), 2, &mono);
        meter.is_cancelled()
    }

    #[test]
    fn only_opposite_channels_cancel() {
        assert!(is_cancelled(|left| -left, 0.5));
        assert!(is_cancelled(|left| -0.99 * left, 0.5));
        assert!(!is_cancelled(|left| -0.9 * left, 0.5));
        assert!(!is_cancelled(|_| 0.0, 0.5));
        assert!(!is_cancelled(|left| -left, 1e-4), "it is silent");
        let mut mono = CancellationMeter::default();
        mono.push(&[0.5; 10], 1, &[0.5; 10]);
        assert!(!mono.is_cancelled());
    }
}
