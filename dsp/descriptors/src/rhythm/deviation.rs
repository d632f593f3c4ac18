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
/// The phases are kept as unit vectors, so no trigonometric function is called. Their origin is the middle of the frame
/// ([`earmark_dsp::Spectrum::zero_phase`]), which matters after a bin of magnitude 0.
#[derive(Debug, Clone)]
pub struct SpectralDeviation {
    prediction: PhasePrediction,
    bins: usize,
    /// Padded with bins of magnitude 0 to a multiple of the group.
    magnitudes: Vec<f32>,
    squares: Vec<f32>,
    directions: Vec<Directions>,
}

/// Number of bins that are computed together, as vectors.
const LANES: usize = 8;
type Lanes = [f32; LANES];

/// Directions of a group of bins, as unit vectors, in the frame before and in the frame before that.
#[derive(Debug, Clone)]
struct Directions {
    re: Lanes,
    im: Lanes,
    earlier_re: Lanes,
    earlier_im: Lanes,
}

impl Directions {
    /// Directions of silence.
    const START: Self = Self { re: [1.0; LANES], im: [0.0; LANES], earlier_re: [1.0; LANES], earlier_im: [0.0; LANES] };

    /// Adds a frame: returns the squared deviations and replaces the magnitudes, which are those of the frame before.
    /// `sign` is that of the earlier phase in the conjugate of the prediction.
    fn push(&mut self, re: &Lanes, im: &Lanes, sign: f32, magnitudes: &mut Lanes) -> Lanes {
        let mut squares = [0.0; LANES];
        for i in 0..LANES {
            let double_re = self.re[i] * self.re[i] - self.im[i] * self.im[i];
            let double_im = 2.0 * self.re[i] * self.im[i];
            let (earlier_re, earlier_im) = (self.earlier_re[i], sign * self.earlier_im[i]);
            let turn_re = double_re * earlier_re + double_im * earlier_im;
            let turn_im = double_re * earlier_im - double_im * earlier_re;
            let deviation_re = magnitudes[i] - (re[i] * turn_re - im[i] * turn_im);
            let deviation_im = re[i] * turn_im + im[i] * turn_re;
            squares[i] = deviation_re * deviation_re + deviation_im * deviation_im;
        }
        self.earlier_re = self.re;
        self.earlier_im = self.im;
        // One operation a loop: the compiler then takes the square roots of several bins at once.
        for i in 0..LANES {
            magnitudes[i] = re[i] * re[i] + im[i] * im[i];
        }
        for magnitude in magnitudes.iter_mut() {
            *magnitude = magnitude.sqrt();
        }
        for i in 0..LANES {
            let inverse = 1.0 / magnitudes[i].max(f32::MIN_POSITIVE);
            self.re[i] = if magnitudes[i] > 0.0 { re[i] * inverse } else { 1.0 };
            self.im[i] = im[i] * inverse;
        }
        squares
    }
}

impl SpectralDeviation {
    /// Creates the state for spectra of `bins` bins. Allocates.
    #[must_use]
    pub fn new(prediction: PhasePrediction, bins: usize) -> Self {
        let groups = bins.div_ceil(LANES);
        let (magnitudes, squares) = (vec![0.0; groups * LANES], vec![0.0; groups * LANES]);
        Self { prediction, bins, magnitudes, squares, directions: vec![Directions::START; groups] }
    }

    /// Adds a frame. Further bins than those given to `new` are ignored, missing ones are 0.
    pub fn push(&mut self, bins: &[Complex<f32>]) {
        let sign = match self.prediction {
            PhasePrediction::Steady => 1.0,
            PhasePrediction::Sum => -1.0,
        };
        let mut groups = bins[..self.bins.min(bins.len())].chunks(LANES);
        let (magnitudes, _) = self.magnitudes.as_chunks_mut::<LANES>();
        let (squares, _) = self.squares.as_chunks_mut::<LANES>();
        for ((directions, magnitudes), squares) in self.directions.iter_mut().zip(magnitudes).zip(squares) {
            let group = groups.next().unwrap_or_default();
            let (mut re, mut im) = ([0.0; LANES], [0.0; LANES]);
            if let Some(group) = group.first_chunk::<LANES>() {
                re = group.map(|bin| bin.re);
                im = group.map(|bin| bin.im);
            } else {
                group.iter().zip(&mut re).for_each(|(bin, re)| *re = bin.re);
                group.iter().zip(&mut im).for_each(|(bin, im)| *im = bin.im);
            }
            *squares = directions.push(&re, &im, sign, magnitudes);
        }
    }

    /// Returns the magnitudes of the newest frame.
    #[must_use]
    pub fn magnitudes(&self) -> &[f32] {
        &self.magnitudes[..self.bins]
    }

    /// Returns the squared deviation of each bin of the newest frame.
    #[must_use]
    pub fn squares(&self) -> &[f32] {
        &self.squares[..self.bins]
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
        self.directions.fill(Directions::START);
    }
}

/// Returns the high-frequency content of a spectrum: the sum of frequency times magnitude, in Hz (Essentia's
/// OnsetDetection "hfc").
#[must_use]
pub fn high_frequency_content(magnitudes: &[f32], bin_hz: f32) -> f32 {
    bin_hz * sum_lanes(magnitudes, |bin, magnitude| bin * magnitude)
}

/// Returns the sum of squares of a spectrum.
pub(super) fn energy(magnitudes: &[f32]) -> f32 {
    sum_lanes(magnitudes, |_, magnitude| magnitude * magnitude)
}

/// Sums a function of index and value in eight lanes, which the compiler makes vectors.
fn sum_lanes(values: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let mut index: [f32; LANES] = std::array::from_fn(|lane| lane as f32);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += term(index[lane], chunk[lane]);
            index[lane] += LANES as f32;
        }
    }
    let rest: f32 = rest.iter().zip(index).map(|(&value, index)| term(index, value)).sum();
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
