//! Onsets per second, from two detection functions (Essentia's Onsets and OnsetRate).

use earmark_dsp::{Framer, Spectrum, Window};

use super::deviation::{PhasePrediction, SpectralDeviation, high_frequency_content};
use crate::{DescriptorError, SAMPLE_RATE_HZ};

/// Length of a frame in samples.
pub const FRAME_LEN: usize = 1024;
/// Distance of two frames in samples.
pub const HOP: usize = 512;

/// Number of frames of the moving average and of the threshold.
const SPAN: usize = 5;
/// Smoothed value below which no onset is found; each detection function has a maximum of 1.
const SILENCE: f64 = 0.04;
/// Weight of the mean in the threshold.
const MEAN_WEIGHT: f64 = 0.1;

/// Detection functions of a stream for [`onset_frames`]: centred frames of 1024 samples, 512 samples apart, with a Hann
/// window. Both are proportional to the gain of the stream.
pub struct OnsetFunctions {
    framer: Framer,
    analysis: Analysis,
}

struct Analysis {
    spectrum: Spectrum<f32>,
    deviation: SpectralDeviation,
    hfc: Vec<f32>,
    complex: Vec<f32>,
}

impl OnsetFunctions {
    /// Creates an analysis at sample 0. Allocates.
    ///
    /// # Errors
    /// [`DescriptorError::Dsp`] if the frames cannot be created.
    pub fn new() -> Result<Self, DescriptorError> {
        let spectrum = Spectrum::with_weights(&Window::HannSymmetric.normalized(FRAME_LEN), FRAME_LEN)?.zero_phase();
        let deviation = SpectralDeviation::new(PhasePrediction::Steady, spectrum.bins());
        let analysis = Analysis { spectrum, deviation, hfc: Vec::new(), complex: Vec::new() };
        Ok(Self { framer: Framer::new(FRAME_LEN, HOP)?, analysis })
    }

    /// Adds samples at 44.1 kHz.
    pub fn push(&mut self, samples: &[f32]) {
        self.framer.push(samples, |frame| self.analysis.frame(frame));
    }

    /// Ends the stream: adds the frames that are padded with zeros.
    pub fn finish(&mut self) {
        self.framer.flush(|frame| self.analysis.frame(frame));
    }

    /// Discards all frames: the next sample is sample 0.
    pub fn reset(&mut self) {
        self.framer.reset();
        self.analysis.deviation.reset();
        self.analysis.hfc.clear();
        self.analysis.complex.clear();
    }

    /// Returns the high-frequency content of each frame.
    #[must_use]
    pub fn hfc(&self) -> &[f32] {
        &self.analysis.hfc
    }

    /// Returns the complex deviation of each frame.
    #[must_use]
    pub fn complex(&self) -> &[f32] {
        &self.analysis.complex
    }
}

impl Analysis {
    fn frame(&mut self, frame: &[f32]) {
        self.deviation.push(self.spectrum.complex(frame));
        let bin_hz = (SAMPLE_RATE_HZ / FRAME_LEN as f64) as f32;
        self.hfc.push(super::numeric::finite(high_frequency_content(self.deviation.magnitudes(), bin_hz)));
        self.complex.push(super::numeric::finite(self.deviation.sum()));
    }
}

/// Returns the frames of the onsets in two detection functions of the same length, in ascending order.
///
/// Each function is divided by its maximum. Their sum is smoothed over 5 frames; a frame is above the threshold if it
/// exceeds the median plus a tenth of the mean of 5 frames, and an onset is the first of at least two such frames.
#[must_use]
pub fn onset_frames(hfc: &[f32], complex: &[f32]) -> Vec<usize> {
    let smooth = smoothed(hfc, complex);
    // The reference writes the second frame to the first place of the ring and the third to the third place.
    let mut ring = [0.0; SPAN];
    let mut place = 0;
    let above: Vec<bool> = (0..smooth.len())
        .map(|frame| {
            if frame == 0 {
                return false;
            }
            ring[place] = smooth[frame];
            place = (frame + 1) % SPAN;
            let mut sorted = ring;
            sorted.sort_unstable_by(f64::total_cmp);
            let mean = ring.iter().sum::<f64>() / SPAN as f64;
            smooth[frame] > sorted[SPAN / 2] + MEAN_WEIGHT * mean
        })
        .collect();
    let at = |frame: usize| above.get(frame).copied();
    let starts = |&frame: &usize| above[frame] && (frame == 0 || !above[frame - 1]) && at(frame + 1) != Some(false);
    (0..above.len()).filter(starts).collect()
}

/// Returns the onsets per second of audio: their number divided by the number of frames times the hop.
#[must_use]
pub fn onset_rate(hfc: &[f32], complex: &[f32]) -> f64 {
    if hfc.is_empty() {
        return 0.0;
    }
    let seconds = hfc.len() as f64 * HOP as f64 / SAMPLE_RATE_HZ;
    onset_frames(hfc, complex).len() as f64 / seconds
}

/// Returns the moving average of the two functions over each frame and the four before, 0 below the silence threshold.
fn smoothed(hfc: &[f32], complex: &[f32]) -> Vec<f64> {
    let scale = |values: &[f32]| {
        let maximum = values.iter().copied().fold(0.0, f32::max);
        if maximum > 0.0 { 1.0 / f64::from(maximum) } else { 0.0 }
    };
    let (hfc_scale, complex_scale) = (scale(hfc), scale(complex));
    let both: Vec<f64> =
        hfc.iter().zip(complex).map(|(&a, &b)| f64::from(a) * hfc_scale + f64::from(b) * complex_scale).collect();
    let average = |frame: usize| {
        let sum: f64 = both[frame.saturating_sub(SPAN - 1)..=frame].iter().sum();
        let mean = sum / SPAN as f64;
        if mean < SILENCE { 0.0 } else { mean }
    };
    (0..both.len()).map(average).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impulses_are_counted_and_the_rate_uses_the_frames() {
        let mut function = vec![0.0_f32; 100];
        for onset in [20, 50, 80] {
            function[onset] = 1.0;
            function[onset + 1] = 0.5;
        }
        let frames = onset_frames(&function, &function);
        assert_eq!(frames, [20, 50, 80]);
        assert!((onset_rate(&function, &function) - 3.0 / (100.0 * 512.0 / 44_100.0)).abs() < 1e-12);
    }

    #[test]
    fn no_frames_and_silence_have_no_onsets() {
        for frames in [0, 1, 2, 50] {
            assert_eq!(onset_rate(&vec![0.0; frames], &vec![0.0; frames]), 0.0);
        }
    }

    #[test]
    fn functions_do_not_depend_on_blocks_and_end_with_padding() {
        let samples: Vec<f32> = (0..5000_u64).map(|i| (crate::rhythm::numeric::noise(i) as f32) - 0.5).collect();
        let run = |block: usize| {
            let mut functions = OnsetFunctions::new().unwrap();
            samples.chunks(block).for_each(|part| functions.push(part));
            functions.finish();
            (functions.hfc().to_vec(), functions.complex().to_vec())
        };
        let whole = run(5000);
        assert_eq!(whole.0.len(), 5000_usize.div_ceil(HOP) + 1);
        assert!(whole.0.iter().all(|&value| value > 0.0));
        assert_eq!(run(1), whole);
        assert_eq!(run(777), whole);
    }
}
