//! Any number of channels to one, with values that are not audio scrubbed and counted.
//!
//! The mix is the mean of the channels, as Essentia's loader does it for two: `0.5 * (left + right)`.

/// Above this magnitude (+120 dBFS) a sample is a defect of whatever made it, and its square could overflow.
const LOUDEST: f32 = 1.0e6;
/// Below this magnitude (-300 dBFS) a sample is nothing, and its products would be denormal numbers, which are slow.
const QUIETEST: f32 = 1.0e-15;

/// Mixes planar channels to mono; `out` has one sample per frame, and every channel at least as many.
///
/// Frames that a channel lacks count as silence on it. No channel at all gives silence.
/// Returns how many samples were scrubbed: not a number, infinite, or beyond +120 dBFS. They count as 0.
/// Real-time safe.
pub fn planar(channels: &[&[f32]], out: &mut [f32]) -> usize {
    out.fill(0.0);
    let gain = gain(channels.len());
    let mut scrubbed = 0;
    for channel in channels {
        for (mixed, &sample) in out.iter_mut().zip(*channel) {
            *mixed += clean(sample, &mut scrubbed);
        }
    }
    finish(out, gain);
    scrubbed
}

/// Mixes interleaved frames to mono; `out` takes one sample per whole frame, and the number of frames is returned first.
///
/// Mixes as many frames as both sides hold; a trailing partial frame is left out.
/// Scrubs and counts as [`planar`] does. Real-time safe.
pub fn interleaved(samples: &[f32], channels: usize, out: &mut [f32]) -> (usize, usize) {
    let mut scrubbed = 0;
    let mut frames = 0;
    if channels > 0 {
        for (mixed, frame) in out.iter_mut().zip(samples.chunks_exact(channels)) {
            *mixed = frame.iter().map(|&sample| clean(sample, &mut scrubbed)).sum();
            frames += 1;
        }
    }
    finish(&mut out[..frames], gain(channels));
    (frames, scrubbed)
}

fn gain(channels: usize) -> f32 {
    1.0 / channels.max(1) as f32
}

fn clean(sample: f32, scrubbed: &mut usize) -> f32 {
    // Written so that NaN fails the comparison.
    if sample.abs() <= LOUDEST {
        sample
    } else {
        *scrubbed += 1;
        0.0
    }
}

fn finish(mono: &mut [f32], gain: f32) {
    for sample in mono {
        let mixed = *sample * gain;
        *sample = if mixed.abs() < QUIETEST { 0.0 } else { mixed };
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
    fn what_is_not_audio_is_scrubbed_and_counted() {
        let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -0.0, 1e-40, 0.5];
        let mut out = [9.0; 7];
        assert_eq!(planar(&[&bad], &mut out), 4);
        assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
        assert!(out.iter().all(|sample| sample.is_sign_positive()), "-0.0 is passed on as 0.0: {out:?}");
        assert_eq!(interleaved(&bad, 1, &mut out), (7, 4));
    }

    #[test]
    fn odd_shapes_do_no_harm() {
        let mut out = [9.0; 2];
        assert_eq!(planar(&[], &mut out), 0);
        assert_eq!(out, [0.0, 0.0]);
        assert_eq!(planar(&[&[1.0], &[1.0, 1.0, 1.0]], &mut out), 0);
        assert_eq!(out, [1.0, 0.5]);
        assert_eq!(interleaved(&[1.0, 1.0, 1.0], 2, &mut out), (1, 0));
        assert_eq!(interleaved(&[1.0], 0, &mut out), (0, 0));
    }
}
