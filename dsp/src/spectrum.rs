//! Magnitude spectrum of a frame: window, zero padding, real FFT.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::DspError;

/// Window function, not normalized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// `0.5 - 0.5 cos(2 pi i / (n - 1))`: both ends are 0.
    HannSymmetric,
    /// `0.54 - 0.46 cos(2 pi i / n)`: the period is `n` samples.
    HammingPeriodic,
}

impl Window {
    /// Returns weight `i` of `n`, rounded to single precision as in the reference.
    fn weight(self, i: usize, n: usize) -> f32 {
        let (mean, swing, period) = match self {
            Self::HannSymmetric => (0.5, 0.5, n - 1),
            Self::HammingPeriodic => (0.54, 0.46, n),
        };
        (mean - swing * (TAU * i as f64 / period as f64).cos()) as f32
    }
}

/// Magnitude spectrum of windowed frames, not normalized: `fft_len / 2 + 1` bins from 0 Hz to Nyquist.
///
/// The FFT runs in double precision, so that a comparison shows only the rounding of the single-precision reference. At
/// these sizes it costs a few microseconds per frame.
pub struct Spectrum {
    window: Vec<f64>,
    fft: Arc<dyn RealToComplex<f64>>,
    input: Vec<f64>,
    output: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Spectrum {
    /// Creates a spectrum for frames of `frame_len` samples, zero-padded at the end to `fft_len`; the position of the
    /// padding does not change magnitudes. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if the frame is shorter than 2 samples or longer than the FFT.
    pub fn new(window: Window, frame_len: usize, fft_len: usize) -> Result<Self, DspError> {
        if !(2..=fft_len).contains(&frame_len) {
            let expected = format!("2 to {fft_len} samples");
            return Err(DspError::Size { what: "frame length", expected, got: frame_len });
        }
        let fft = RealFftPlanner::new().plan_fft_forward(fft_len);
        Ok(Self {
            window: (0..frame_len).map(|i| f64::from(window.weight(i, frame_len))).collect(),
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
        })
    }

    /// Returns the number of bins that [`Spectrum::magnitudes`] writes.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.output.len()
    }

    /// Writes the magnitudes of one frame; `frame` has the length given to `new`, `out` has [`Spectrum::bins`].
    ///
    /// A shorter frame is padded with zeros, a longer one is truncated. Real-time safe.
    pub fn magnitudes(&mut self, frame: &[f32], out: &mut [f32]) {
        self.input.fill(0.0);
        for ((padded, &sample), weight) in self.input.iter_mut().zip(frame).zip(&self.window) {
            *padded = f64::from(sample) * weight;
        }
        // Fails only if a buffer has the wrong size; these were created by the plan.
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        debug_assert!(done.is_ok(), "{done:?}");
        for (magnitude, bin) in out.iter_mut().zip(&self.output) {
            // Squares of single-precision values do not overflow in double precision, so the slower `norm` is not
            // needed.
            *magnitude = bin.norm_sqr().sqrt() as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tone_on_a_bin_has_magnitude_of_half_the_window_sum() {
        let mut spectrum = Spectrum::new(Window::HannSymmetric, 512, 512).unwrap();
        let tone: Vec<f32> = (0..512).map(|i| (TAU * 32.0 * f64::from(i) / 512.0).cos() as f32).collect();
        let mut out = vec![0.0; spectrum.bins()];
        spectrum.magnitudes(&tone, &mut out);
        // A symmetric Hann window of n samples sums to (n - 1) / 2; half of it goes to the positive frequency.
        assert!((out[32] - 511.0 / 4.0).abs() < 0.01, "peak {}", out[32]);
        assert!(out[100] < 1e-3, "leak {}", out[100]);
        assert_eq!(out.len(), 257);
    }

    #[test]
    fn window_ends_match_the_reference() {
        let ends = |window: Window, n: usize| [0, 1, n / 2, n - 1].map(|i| window.weight(i, n));
        let table = [
            (Window::HannSymmetric, 401, [0.0, 6.168_4e-5, 1.0, 0.0]),
            (Window::HammingPeriodic, 660, [0.08, 0.080_020_85, 1.0, 0.080_020_85]),
        ];
        for (window, n, expected) in table {
            for (got, expected) in ends(window, n).into_iter().zip(expected) {
                assert!((got - expected).abs() <= 1e-7, "{window:?} of {n}: {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn frame_longer_than_fft_or_too_short_is_rejected() {
        for window in [Window::HannSymmetric, Window::HammingPeriodic] {
            assert!(Spectrum::new(window, 513, 512).is_err());
            assert!(Spectrum::new(window, 1, 512).is_err());
        }
    }
}
