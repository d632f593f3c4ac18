//! Level of a tap, for a meter: written by the audio thread, read by any thread.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Time constant of the mean square in seconds.
const RMS_WINDOW_S: f64 = 0.3;
/// Time in seconds in which the peak decays by 20 dB.
const PEAK_DECAY_S: f64 = 1.0;

/// Level of a signal; full scale is 1.0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// Root mean square over about 0.3 s.
    pub rms: f32,
    /// Peak magnitude with a decay of 20 dB per second.
    pub peak: f32,
}

/// Level meter with one writing thread and any number of readers.
#[derive(Debug, Default)]
pub(super) struct Meter {
    mean_square_bits: AtomicU32,
    peak_bits: AtomicU32,
}

impl Meter {
    /// Updates the level with samples of a duration of `seconds`. Real-time safe.
    pub(super) fn update(&self, samples: &[f32], seconds: f64) {
        let (mut square, mut peak) = (0.0_f32, 0.0_f32);
        for &sample in samples {
            square += sample * sample;
            peak = peak.max(sample.abs());
        }
        let square = square / samples.len().max(1) as f32;
        let before = f32::from_bits(self.mean_square_bits.load(Relaxed));
        let kept = (-seconds / RMS_WINDOW_S).exp() as f32;
        // Without a floor, the decay would reach denormal numbers.
        let mean_square = flushed(square + kept * (before - square));
        self.mean_square_bits.store(mean_square.to_bits(), Relaxed);
        let fallen = f32::from_bits(self.peak_bits.load(Relaxed)) * 10.0_f64.powf(-seconds / PEAK_DECAY_S) as f32;
        self.peak_bits.store(flushed(fallen.max(peak)).to_bits(), Relaxed);
    }

    /// Returns the current level. Real-time safe.
    pub(super) fn level(&self) -> Level {
        let value = |bits: &AtomicU32| f32::from_bits(bits.load(Relaxed));
        Level { rms: value(&self.mean_square_bits).max(0.0).sqrt(), peak: value(&self.peak_bits) }
    }
}

fn flushed(value: f32) -> f32 {
    if value.abs() < 1e-15 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_of_a_steady_signal_does_not_depend_on_block_size() {
        let sound: Vec<f32> = (0..48_000).map(|i| if i % 2 == 0 { 0.5 } else { -0.5 }).collect();
        for block in [1, 64, 4096] {
            let meter = Meter::default();
            for _ in 0..3 {
                sound.chunks(block).for_each(|part| meter.update(part, part.len() as f64 / 48_000.0));
            }
            let Level { rms, peak } = meter.level();
            assert!((rms - 0.5).abs() < 1e-3 && peak == 0.5, "blocks of {block}: {rms}, {peak}");
        }
    }

    #[test]
    fn peak_decays_by_twenty_decibels_per_second_and_reaches_zero() {
        let meter = Meter::default();
        meter.update(&[1.0], 0.0);
        let silence = [0.0; 480];
        (0..100).for_each(|_| meter.update(&silence, 0.01));
        let peak = meter.level().peak;
        assert!((peak - 0.1).abs() < 1e-3, "{peak}, expected 0.1");
        (0..3000).for_each(|_| meter.update(&silence, 0.01));
        assert_eq!(meter.level(), Level::default());
    }
}
