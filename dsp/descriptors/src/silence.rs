//! Seeded noise that stands for the frames of digital silence.
//!
//! The reference adds noise of amplitude 1e-10 to silent frames, so that no descriptor meets a spectrum of zeros. Here a
//! frame of digital silence takes the descriptors of one of a few noise frames; the number of the frame decides which, so
//! that a live analysis has the values of an offline one. In other silent frames the noise is negligible.

use crate::random::{split_mix, uniform};

/// Mean square below which a frame is silent, with the gain applied.
pub(crate) const SILENT_POWER: f64 = 1e-10;
/// Mean square below which a frame is digital silence, with the gain applied: the noise exceeds the signal or is close.
pub(crate) const DIGITAL_SILENCE_POWER: f64 = 1e-18;
/// Amplitude of the noise.
const NOISE_AMPLITUDE: f64 = 1e-10;
/// Number of different noise frames.
pub(crate) const NOISE_FRAMES: usize = 16;

/// Returns the index of the noise frame that stands for the frame `number` of a stream.
pub(crate) fn noise_index(number: u64) -> usize {
    (split_mix(number) % NOISE_FRAMES as u64) as usize
}

/// Returns noise frame `index` of `len` samples: uniform in [-1e-10, 1e-10).
pub(crate) fn noise_frame(index: usize, len: usize) -> Vec<f32> {
    let seed = split_mix(index as u64 ^ 0x6E6F_6973_6500_0000);
    let sample = |i: usize| {
        let unit = uniform(split_mix(seed.wrapping_add(i as u64)));
        (NOISE_AMPLITUDE * (2.0 * unit - 1.0)) as f32
    };
    (0..len).map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_uniform_and_differs_from_frame_to_frame() {
        let noise = noise_frame(3, 4096);
        let power = crate::math::mean_square(&noise);
        assert!((power / (NOISE_AMPLITUDE * NOISE_AMPLITUDE / 3.0) - 1.0).abs() < 0.1, "{power}");
        assert_eq!(noise, noise_frame(3, 4096));
        assert_ne!(noise, noise_frame(4, 4096));
        assert!((0..1000).map(noise_index).all(|index| index < NOISE_FRAMES));
    }
}
