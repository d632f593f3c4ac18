//! Spectrum of a frame: window, zero padding, real FFT; and its inverse.

use std::f64::consts::TAU;
use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, FftNum, RealFftPlanner, RealToComplex};

use crate::DspError;

/// Window function, not normalized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// `0.5 - 0.5 cos(2 pi i / (n - 1))`: both ends are 0.
    HannSymmetric,
    /// Square root of [`Self::HannSymmetric`].
    SqrtHannSymmetric,
    /// `0.5 - 0.5 cos(2 pi i / n)`: the period is `n` samples, so that shifted windows sum to a constant.
    HannPeriodic,
    /// `0.54 - 0.46 cos(2 pi i / n)`: the period is `n` samples.
    HammingPeriodic,
    /// `0.53836 - 0.46164 cos(2 pi i / (n - 1))`.
    HammingSymmetric,
    /// Symmetric Blackman-Harris window of three terms, side lobes 62 dB down.
    BlackmanHarris62,
    /// Symmetric Blackman-Harris window of three terms, side lobes 70 dB down.
    BlackmanHarris70,
    /// Symmetric Blackman-Harris window of four terms, side lobes 74 dB down.
    BlackmanHarris74,
    /// Symmetric Blackman-Harris window of four terms, side lobes 92 dB down.
    BlackmanHarris92,
    /// Triangle whose ends are `1 / n`.
    Triangular,
    /// All weights are 1.
    Square,
}

impl Window {
    /// Returns weight `i` of `n`, rounded to single precision as in the reference.
    pub(crate) fn weight(self, i: usize, n: usize) -> f32 {
        self.exact(i, n) as f32
    }

    fn exact(self, i: usize, n: usize) -> f64 {
        let cosines = |terms: &[f64], period: usize| -> f64 {
            let phase = TAU * i as f64 / period as f64;
            terms.iter().enumerate().map(|(k, term)| term * (phase * k as f64).cos()).sum()
        };
        match self {
            Self::HannSymmetric => cosines(&[0.5, -0.5], n - 1),
            Self::SqrtHannSymmetric => Self::HannSymmetric.exact(i, n).sqrt(),
            Self::HannPeriodic => cosines(&[0.5, -0.5], n),
            Self::HammingPeriodic => cosines(&[0.54, -0.46], n),
            Self::HammingSymmetric => cosines(&[0.53836, -0.46164], n - 1),
            Self::BlackmanHarris62 => cosines(&[0.44959, -0.49364, 0.05677], n - 1),
            Self::BlackmanHarris70 => cosines(&[0.42323, -0.49755, 0.07922], n - 1),
            // The last two terms are those of Essentia; Harris has 0.09392 and 0.00183.
            Self::BlackmanHarris74 => cosines(&[0.40217, -0.49703, 0.09892, -0.00188], n - 1),
            Self::BlackmanHarris92 => cosines(&[0.35875, -0.48829, 0.14128, -0.01168], n - 1),
            Self::Triangular => {
                let n = n as f64;
                2.0 / n * (n / 2.0 - (i as f64 - (n - 1.0) / 2.0).abs())
            }
            Self::Square => 1.0,
        }
    }

    /// Returns the `n` weights of the window scaled so that they sum to 2, in double precision: a sinusoid on a bin then
    /// has its amplitude as magnitude. `n` is at least 2.
    #[must_use]
    pub fn normalized(self, n: usize) -> Vec<f64> {
        let mut weights: Vec<f64> = (0..n).map(|i| self.exact(i, n)).collect();
        let sum: f64 = weights.iter().map(|weight| weight.abs()).sum();
        weights.iter_mut().for_each(|weight| *weight *= 2.0 / sum);
        weights
    }
}

/// Precision in which an FFT runs: `f32` or `f64`.
pub trait Precision: FftNum + Default + private::Sealed {
    /// Converts from double precision.
    fn from_double(value: f64) -> Self;
    /// Converts from single precision.
    fn from_single(value: f32) -> Self;
    /// Returns the magnitude of `bin` in single precision.
    ///
    /// Squares of samples in [`crate::downmix`]'s range do not overflow, so the slower `norm` is not needed.
    fn magnitude(bin: Complex<Self>) -> f32;
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Precision for f64 {
    #[inline]
    fn from_double(value: f64) -> Self {
        value
    }
    #[inline]
    fn from_single(value: f32) -> Self {
        f64::from(value)
    }
    #[inline]
    fn magnitude(bin: Complex<Self>) -> f32 {
        bin.norm_sqr().sqrt() as f32
    }
}

impl Precision for f32 {
    #[inline]
    fn from_double(value: f64) -> Self {
        value as Self
    }
    #[inline]
    fn from_single(value: f32) -> Self {
        value
    }
    #[inline]
    fn magnitude(bin: Complex<Self>) -> f32 {
        bin.norm_sqr().sqrt()
    }
}

/// Spectrum of windowed frames, not normalized: `fft_len / 2 + 1` bins from 0 Hz to Nyquist.
///
/// In double precision, which front ends use, a comparison shows only the rounding of the single-precision reference. At
/// these sizes it costs a few microseconds per frame.
pub struct Spectrum<T: Precision = f64> {
    window: Vec<T>,
    /// Position of the frame's first sample in the FFT's input, which is circular.
    start: usize,
    fft: Arc<dyn RealToComplex<T>>,
    input: Vec<T>,
    output: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
}

impl<T: Precision> fmt::Debug for Spectrum<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spectrum")
            .field("frame_len", &self.window.len())
            .field("fft_len", &self.input.len())
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

impl<T: Precision> Spectrum<T> {
    /// Creates a spectrum for frames of `frame_len` samples, zero-padded at the end to `fft_len`; the position of the
    /// padding does not change magnitudes. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if the frame is shorter than 2 samples or longer than the FFT.
    pub fn new(window: Window, frame_len: usize, fft_len: usize) -> Result<Self, DspError> {
        check_frame_len(frame_len, fft_len)?;
        let weights = (0..frame_len).map(|i| f64::from(window.weight(i, frame_len))).collect::<Vec<_>>();
        Self::with_weights(&weights, fft_len)
    }

    /// Creates a spectrum whose window has the given weights, one per sample of a frame. Allocates.
    ///
    /// # Errors
    /// [`DspError::Size`] if there are fewer than 2 weights, or more than `fft_len`.
    pub fn with_weights(weights: &[f64], fft_len: usize) -> Result<Self, DspError> {
        check_frame_len(weights.len(), fft_len)?;
        let fft = RealFftPlanner::new().plan_fft_forward(fft_len);
        Ok(Self {
            window: weights.iter().map(|&weight| T::from_double(weight)).collect(),
            start: 0,
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
        })
    }

    /// Makes the middle of the frame the origin of the phases (zero-phase windowing), instead of its first sample.
    #[must_use]
    pub fn zero_phase(mut self) -> Self {
        self.start = self.input.len() - self.window.len() / 2;
        self
    }

    /// Returns the number of bins that [`Spectrum::magnitudes`] writes.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.output.len()
    }

    /// Returns the complex bins of one frame, which has the length given to `new`.
    ///
    /// A shorter frame is padded with zeros, a longer one is truncated. Real-time safe.
    pub fn complex(&mut self, frame: &[f32]) -> &[Complex<T>] {
        self.input.fill(T::default());
        let before_end = (self.input.len() - self.start).min(self.window.len());
        let (head, tail) = frame.split_at(before_end.min(frame.len()));
        let (head_weights, tail_weights) = self.window.split_at(before_end);
        weigh(&mut self.input[self.start..], head, head_weights);
        weigh(&mut self.input, tail, tail_weights);
        // Fails only if a buffer has the wrong size; these were created by the plan.
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        debug_assert!(done.is_ok(), "{done:?}");
        &self.output
    }

    /// Writes the magnitudes of one frame; `frame` has the length given to `new`, `out` has [`Spectrum::bins`].
    ///
    /// A shorter frame is padded with zeros, a longer one is truncated. Real-time safe.
    pub fn magnitudes(&mut self, frame: &[f32], out: &mut [f32]) {
        for (magnitude, bin) in out.iter_mut().zip(self.complex(frame)) {
            *magnitude = T::magnitude(*bin);
        }
    }
}

/// Writes `samples * weights` to the start of `out`.
fn weigh<T: Precision>(out: &mut [T], samples: &[f32], weights: &[T]) {
    for ((weighted, &sample), &weight) in out.iter_mut().zip(samples).zip(weights) {
        *weighted = T::from_single(sample) * weight;
    }
}

fn check_frame_len(frame_len: usize, fft_len: usize) -> Result<(), DspError> {
    if (2..=fft_len).contains(&frame_len) {
        return Ok(());
    }
    Err(DspError::Size { what: "frame length", expected: format!("2 to {fft_len} samples"), got: frame_len })
}

/// Samples of a spectrum: inverse real FFT, divided by its length, so that it undoes [`Spectrum`] with a square window.
pub struct InverseSpectrum<T: Precision = f64> {
    fft: Arc<dyn ComplexToReal<T>>,
    input: Vec<Complex<T>>,
    output: Vec<T>,
    scratch: Vec<Complex<T>>,
    scale: T,
}

impl<T: Precision> fmt::Debug for InverseSpectrum<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InverseSpectrum").field("fft_len", &self.output.len()).finish_non_exhaustive()
    }
}

impl<T: Precision> InverseSpectrum<T> {
    /// Creates an inverse for spectra of `fft_len / 2 + 1` bins. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::Size`] if `fft_len` is below 2.
    pub fn new(fft_len: usize) -> Result<Self, DspError> {
        if fft_len < 2 {
            return Err(DspError::Size { what: "FFT length", expected: "at least 2 samples".into(), got: fft_len });
        }
        let fft = RealFftPlanner::new().plan_fft_inverse(fft_len);
        Ok(Self {
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            scale: T::from_double(1.0 / fft_len as f64),
            fft,
        })
    }

    /// Returns the samples of a spectrum. The imaginary parts of the first and, for an even length, of the last bin are
    /// taken as 0; missing bins are 0. Real-time safe.
    pub fn samples(&mut self, bins: impl IntoIterator<Item = Complex<T>>) -> &[T] {
        self.input.fill(Complex::default());
        for (slot, bin) in self.input.iter_mut().zip(bins) {
            *slot = bin;
        }
        let last = self.input.len() - 1;
        self.input[0].im = T::default();
        if self.output.len().is_multiple_of(2) {
            self.input[last].im = T::default();
        }
        // Fails only if a buffer has the wrong size or an end is not real; both were excluded.
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        debug_assert!(done.is_ok(), "{done:?}");
        self.output.iter_mut().for_each(|sample| *sample = *sample * self.scale);
        &self.output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tone_on_a_bin_has_magnitude_of_half_the_window_sum() {
        let mut spectrum: Spectrum = Spectrum::new(Window::HannSymmetric, 512, 512).unwrap();
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
            assert!(Spectrum::<f64>::new(window, 513, 512).is_err());
            assert!(Spectrum::<f64>::new(window, 1, 512).is_err());
        }
        assert!(InverseSpectrum::<f32>::new(1).is_err());
    }

    #[test]
    fn inverse_restores_the_frame_in_both_precisions() {
        let frame: Vec<f32> = (0..64).map(|i| ((i * i) % 17) as f32 / 17.0 - 0.4).collect();
        let mut single = Spectrum::<f32>::new(Window::Square, 64, 64).unwrap();
        let mut inverse = InverseSpectrum::<f32>::new(64).unwrap();
        let restored = inverse.samples(single.complex(&frame).iter().copied());
        assert!(restored.iter().zip(&frame).all(|(a, b)| (a - b).abs() < 1e-6), "{restored:?}");
        let mut double = Spectrum::<f64>::new(Window::Square, 64, 64).unwrap();
        let mut inverse = InverseSpectrum::<f64>::new(64).unwrap();
        let restored = inverse.samples(double.complex(&frame).iter().copied());
        assert!(restored.iter().zip(&frame).all(|(a, &b)| (a - f64::from(b)).abs() < 1e-12), "{restored:?}");
    }

    #[test]
    fn zero_phase_of_a_centred_impulse_is_zero() {
        let mut frame = vec![0.0; 64];
        frame[32] = 1.0;
        let mut spectrum = Spectrum::<f32>::new(Window::Square, 64, 128).unwrap().zero_phase();
        for bin in spectrum.complex(&frame) {
            assert!((bin.re - 1.0).abs() < 1e-5 && bin.im.abs() < 1e-5, "{bin}");
        }
    }

    #[test]
    fn normalized_weights_sum_to_two() {
        use Window::*;
        for window in [
            HannSymmetric,
            HammingPeriodic,
            HammingSymmetric,
            BlackmanHarris62,
            BlackmanHarris70,
            BlackmanHarris74,
            BlackmanHarris92,
            Triangular,
            Square,
        ] {
            let weights = window.normalized(101);
            assert!((weights.iter().map(|weight| weight.abs()).sum::<f64>() - 2.0).abs() < 1e-12, "{window:?}");
            assert!((weights[50] - weights.iter().fold(0.0, |a: f64, b| a.max(*b))).abs() < 1e-4, "{window:?}");
        }
    }
}
