//! Deviation of a spectrum from its prediction, bin by bin in the complex plane.

use earmark_dsp::Complex;

/// Prediction of the phase of a bin from its phases in the two frames before, `p1` (newer) and `p2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhasePrediction {
    /// `2 p1 - p2`: the phase of a steady sinusoid. Essentia's OnsetDetection "complex".
    Steady,
    /// `2 p1 + p2`: Essentia's OnsetDetectionGlobal "beat_emphasis" has this sign.
    Sum,
}

/// Deviation of each bin from its prediction: the magnitude of the frame before, with a phase from the two frames
/// before. Frames before the first are 0, with phase 0.
///
/// The phases are kept as unit vectors, so no trigonometric function is called. A delay of all frames, as in zero-phase
/// windowing by half a frame, does not change the deviations.
#[derive(Debug, Clone)]
pub struct SpectralDeviation {
    prediction: PhasePrediction,
    magnitudes: Vec<f32>,
    squares: Vec<f32>,
    before: UnitVectors,
    earlier: UnitVectors,
}

/// Directions of the bins of a frame.
#[derive(Debug, Clone)]
struct UnitVectors {
    re: Vec<f32>,
    im: Vec<f32>,
}

impl UnitVectors {
    fn new(bins: usize) -> Self {
        Self { re: vec![1.0; bins], im: vec![0.0; bins] }
    }

    fn reset(&mut self) {
        self.re.fill(1.0);
        self.im.fill(0.0);
    }
}

impl SpectralDeviation {
    /// Creates the state for spectra of `bins` bins. Allocates.
    #[must_use]
    pub fn new(prediction: PhasePrediction, bins: usize) -> Self {
        let (magnitudes, squares) = (vec![0.0; bins], vec![0.0; bins]);
        Self { prediction, magnitudes, squares, before: UnitVectors::new(bins), earlier: UnitVectors::new(bins) }
    }

    /// Adds a frame. Further bins than those given to `new` are ignored, missing ones keep their values.
    pub fn push(&mut self, bins: &[Complex<f32>]) {
        let sign = match self.prediction {
            PhasePrediction::Steady => 1.0,
            PhasePrediction::Sum => -1.0,
        };
        let n = self.magnitudes.len().min(bins.len());
        let bins = &bins[..n];
        let (magnitudes, squares) = (&mut self.magnitudes[..n], &mut self.squares[..n]);
        let (re1, im1) = (&self.before.re[..n], &self.before.im[..n]);
        let (re2, im2) = (&mut self.earlier.re[..n], &mut self.earlier.im[..n]);
        for i in 0..n {
            let (re, im) = (bins[i].re, bins[i].im);
            let magnitude = (re * re + im * im).sqrt();
            let inverse = 1.0 / magnitude.max(f32::MIN_POSITIVE);
            // Conjugate of the predicted direction.
            let (square_re, square_im) = (re1[i] * re1[i] - im1[i] * im1[i], 2.0 * re1[i] * im1[i]);
            let (other_re, other_im) = (re2[i], sign * im2[i]);
            let w_re = square_re * other_re + square_im * other_im;
            let w_im = square_re * other_im - square_im * other_re;
            let d_re = magnitudes[i] - (re * w_re - im * w_im);
            let d_im = re * w_im + im * w_re;
            squares[i] = d_re * d_re + d_im * d_im;
            magnitudes[i] = magnitude;
            re2[i] = if magnitude > 0.0 { re * inverse } else { 1.0 };
            im2[i] = if magnitude > 0.0 { im * inverse } else { 0.0 };
        }
        std::mem::swap(&mut self.before, &mut self.earlier);
    }

    /// Returns the magnitudes of the newest frame.
    #[must_use]
    pub fn magnitudes(&self) -> &[f32] {
        &self.magnitudes
    }

    /// Returns the squared deviation of each bin of the newest frame.
    #[must_use]
    pub fn squares(&self) -> &[f32] {
        &self.squares
    }

    /// Returns the sum of the deviations of all bins of the newest frame.
    #[must_use]
    pub fn sum(&self) -> f32 {
        sum_lanes(&self.squares, |_, square| square.sqrt())
    }

    /// Discards the frames before: the next frame is the first.
    pub fn reset(&mut self) {
        self.magnitudes.fill(0.0);
        self.squares.fill(0.0);
        self.before.reset();
        self.earlier.reset();
    }
}

/// Returns the high-frequency content of a spectrum: the sum of frequency times magnitude, in Hz (Essentia's
/// OnsetDetection "hfc").
#[must_use]
pub fn high_frequency_content(magnitudes: &[f32], bin_hz: f32) -> f32 {
    bin_hz * sum_lanes(magnitudes, |bin, magnitude| bin as f32 * magnitude)
}

/// Returns the sum of squares of a spectrum.
pub(super) fn energy(magnitudes: &[f32]) -> f32 {
    sum_lanes(magnitudes, |_, magnitude| magnitude * magnitude)
}

/// Sums a function of index and value in eight lanes, which the compiler makes one vector.
fn sum_lanes(values: &[f32], term: impl Fn(u32, f32) -> f32) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut base = 0;
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += term(base + lane as u32, chunk[lane]);
        }
        base += LANES as u32;
    }
    let rest: f32 = rest.iter().zip(base..).map(|(&value, index)| term(index, value)).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of one bin with magnitude 2 and the given phases.
    fn sums(prediction: PhasePrediction, phases: &[f32]) -> Vec<f32> {
        let mut deviation = SpectralDeviation::new(prediction, 1);
        let push = |&phase: &f32| {
            deviation.push(&[Complex::from_polar(2.0, phase)]);
            deviation.sum()
        };
        phases.iter().map(push).collect()
    }

    #[test]
    fn steady_rotation_has_no_deviation_after_two_frames() {
        let sums = sums(PhasePrediction::Steady, &[0.3, 1.0, 1.7, 2.4, 3.1, 3.1]);
        assert!((sums[0] - 2.0).abs() < 1e-6, "{sums:?}");
        assert!(sums[2..5].iter().all(|&sum| sum < 1e-5), "{sums:?}");
        // The last frame lags by 0.7: a chord of 2 * 2 * sin(0.35).
        assert!((sums[5] - 4.0 * 0.35_f32.sin()).abs() < 1e-5, "{sums:?}");
    }

    #[test]
    fn sum_of_phases_is_predicted() {
        let phases = [0.3_f32, 1.0, 2.0 + 0.3, 2.0 * 2.3 + 1.0];
        let sums = sums(PhasePrediction::Sum, &phases);
        assert!(sums[2] < 1e-5 && sums[3] < 1e-5, "{sums:?}");
    }

    #[test]
    fn sums_follow_their_definition_for_any_length() {
        for n in [0, 1, 7, 8, 19] {
            let values: Vec<f32> = (0..n).map(|i| i as f32 + 1.0).collect();
            let expected: f32 = values.iter().enumerate().map(|(i, value)| 3.0 * i as f32 * value).sum();
            assert!((high_frequency_content(&values, 3.0) - expected).abs() < 1e-3, "{n}");
            assert!((energy(&values) - values.iter().map(|v| v * v).sum::<f32>()).abs() < 1e-3, "{n}");
        }
    }

    #[test]
    fn silence_then_reset_restores_the_first_state() {
        let mut deviation = SpectralDeviation::new(PhasePrediction::Steady, 3);
        let frame = [Complex::new(1.0, 1.0); 3];
        deviation.push(&frame);
        let first = deviation.sum();
        deviation.push(&[Complex::default(); 3]);
        assert!((deviation.sum() - first).abs() < 1e-5);
        deviation.push(&[Complex::default(); 3]);
        assert_eq!(deviation.sum(), 0.0);
        deviation.reset();
        deviation.push(&frame);
        assert_eq!(deviation.sum(), first);
    }
}
