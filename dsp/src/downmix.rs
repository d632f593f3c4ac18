//! Downmix of any number of channels to mono; invalid samples are replaced by 0 and counted.
//!
//! The mix is the mean of the channels, as in Essentia's loader, which has two: `0.5 * (left + right)`.

/// Magnitude above which a sample is invalid (+120 dBFS): its square could overflow.
const MAX_MAGNITUDE: f32 = 1.0e6;
/// Magnitude below which a mixed sample becomes 0 (-300 dBFS): its products would be denormal numbers, which are slow.
const DENORMAL_FLOOR: f32 = 1.0e-15;

/// Mixes planar channels to mono; `out` has one sample per frame, and every channel at least as many.
///
/// A channel that is shorter than `out` is padded with silence. Without channels, `out` is silence.
/// Returns the number of sanitized samples: NaN, infinite or beyond +120 dBFS. They count as 0. Real-time safe.
pub fn planar(channels: &[&[f32]], out: &mut [f32]) -> usize {
    out.fill(0.0);
    let gain = gain(channels.len());
    let mut sanitized = 0;
    for channel in channels {
        for (mixed, &sample) in out.iter_mut().zip(*channel) {
            *mixed += sanitize(sample, &mut sanitized);
        }
    }
    finish(out, gain);
    sanitized
}

/// Mixes interleaved frames to mono, one sample of `out` per whole frame. Returns the number of frames and the number
/// of sanitized samples, which are counted as in [`planar`].
///
/// Mixes as many frames as both buffers hold; a trailing partial frame is ignored. Real-time safe.
pub fn interleaved(samples: &[f32], channels: usize, out: &mut [f32]) -> (usize, usize) {
    let mut sanitized = 0;
    let mut frames = 0;
    if channels > 0 {
        for (mixed, frame) in out.iter_mut().zip(samples.chunks_exact(channels)) {
            *mixed = frame.iter().map(|&sample| sanitize(sample, &mut sanitized)).sum();
            frames += 1;
        }
    }
    finish(&mut out[..frames], gain(channels));
    (frames, sanitized)
}

fn gain(channels: usize) -> f32 {
    1.0 / channels.max(1) as f32
}

fn sanitize(sample: f32, sanitized: &mut usize) -> f32 {
    // NaN fails this comparison.
    if sample.abs() <= MAX_MAGNITUDE {
        sample
    } else {
        *sanitized += 1;
        0.0
    }
}

fn finish(mono: &mut [f32], gain: f32) {
    for sample in mono {
        let mixed = *sample * gain;
        *sample = if mixed.abs() < DENORMAL_FLOOR { 0.0 } else { mixed };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_the_mean_of_the_channels() {
        let (left, right) = ([1.0, -0.5, 0.25], [0.0, 0.5, 0.75]);
        let mut out = [9.0; 3];
        assert_eq!(planar(&[&left, &right], &mut out), 0);
        assert_eq!(out, [0.5, 0.0, 0.5]);
        let mut out = [9.0; 3];
        assert_eq!(interleaved(&[1.0, 0.0, -0.5, 0.5, 0.25, 0.75], 2, &mut out), (3, 0));
        assert_eq!(out, [0.5, 0.0, 0.5]);
    }

    #[test]
    fn invalid_samples_are_zeroed_and_counted() {
        let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -0.0, 1e-40, 0.5];
        let mut out = [9.0; 7];
        assert_eq!(planar(&[&bad], &mut out), 4);
        assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
        assert!(out.iter().all(|sample| sample.is_sign_positive()), "-0.0 is passed on as 0.0: {out:?}");
        assert_eq!(interleaved(&bad, 1, &mut out), (7, 4));
    }

    #[test]
    fn missing_channels_and_partial_frames_are_silence_or_ignored() {
        let mut out = [9.0; 2];
        assert_eq!(planar(&[], &mut out), 0);
        assert_eq!(out, [0.0, 0.0]);
        assert_eq!(planar(&[&[1.0], &[1.0, 1.0, 1.0]], &mut out), 0);
        assert_eq!(out, [1.0, 0.5]);
        assert_eq!(interleaved(&[1.0, 1.0, 1.0], 2, &mut out), (1, 0));
        assert_eq!(interleaved(&[1.0], 0, &mut out), (0, 0));
    }
}
