//! How loud it is at a tap, for a meter: written by the audio thread, read by any.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Time constant of the mean square, in seconds.
const MEAN_S: f64 = 0.3;
/// The peak falls by a factor of ten in so many seconds (20 dB).
const FALL_S: f64 = 1.0;

/// How loud it is, 1.0 being full scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// Root of the mean square over about 0.3 s.
    pub rms: f32,
    /// The highest magnitude lately: it falls by 20 dB a second.
    pub peak: f32,
}

/// Follows the level. Only one thread may feed it.
#[derive(Debug, Default)]
pub(super) struct Meter {
    mean_square_bits: AtomicU32,
    peak_bits: AtomicU32,
}

impl Meter {
    /// Takes samples that last `seconds`. Real-time safe.
    pub(super) fn hear(&self, samples: &[f32], seconds: f64) {
        let (mut square, mut peak) = (0.0_f32, 0.0_f32);
        for &sample in samples {
            square += sample * sample;
            peak = peak.max(sample.abs());
        }
        let square = square / samples.len().max(1) as f32;
        let before = f32::from_bits(self.mean_square_bits.load(Relaxed));
        let kept = (-seconds / MEAN_S).exp() as f32;
        // The tail of a decay would become denormal numbers.
        let mean_square = flushed(square + kept * (before - square));
        self.mean_square_bits.store(mean_square.to_bits(), Relaxed);
        let fallen = f32::from_bits(self.peak_bits.load(Relaxed)) * 10.0_f64.powf(-seconds / FALL_S) as f32;
        self.peak_bits.store(flushed(fallen.max(peak)).to_bits(), Relaxed);
    }

    /// The level now. Real-time safe.
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
    fn a_steady_sound_has_its_level_whatever_the_block_size() {
        let sound: Vec<f32> = (0..48_000).map(|i| if i % 2 == 0 { 0.5 } else { -0.5 }).collect();
        for block in [1, 64, 4096] {
            let meter = Meter::default();
            for _ in 0..3 {
                sound.chunks(block).for_each(|part| meter.hear(part, part.len() as f64 / 48_000.0));
            }
            let Level { rms, peak } = meter.level();
            assert!((rms - 0.5).abs() < 1e-3 && peak == 0.5, "blocks of {block}: {rms}, {peak}");
        }
    }

    #[test]
    fn a_peak_falls_by_twenty_decibels_a_second_and_to_nothing_in_the_end() {
        let meter = Meter::default();
        meter.hear(&[1.0], 0.0);
        let silence = [0.0; 480];
        (0..100).for_each(|_| meter.hear(&silence, 0.01));
        let peak = meter.level().peak;
        assert!((peak - 0.1).abs() < 1e-3, "{peak}, expected 0.1");
        (0..3000).for_each(|_| meter.hear(&silence, 0.01));
        assert_eq!(meter.level(), Level::default());
    }
}
