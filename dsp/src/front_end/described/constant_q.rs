//! Constant-Q transform of a frame: one windowed complex exponential per bin, as defined by librosa.
//!
//! librosa resamples the signal for the lower octaves and drops small values of the kernels' spectra; this is the
//! definition without these approximations (they differ by 2e-4 of the value).

use std::f64::consts::TAU;
use std::ops::Range;

use super::compression::Compression;
use super::limits::{MAX_FRAME_LEN, MAX_KERNEL_VALUES, parameter, size};
use crate::{DspError, SampleRate, Window};

/// Parameters of a constant-Q transform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConstantQ {
    /// Frequency of the first bin, in Hz.
    pub low_hz: f32,
    /// Number of bins.
    pub bins: usize,
    /// Number of bins per octave.
    pub bins_per_octave: usize,
    /// Ratio of the frequency of a bin to its bandwidth; none for that of librosa: `(r^2 + 1) / (r^2 - 1)`, where `r` is
    /// the ratio of two neighbouring frequencies.
    pub quality: Option<f32>,
    /// Compression of each magnitude.
    pub compression: Compression,
}

impl ConstantQ {
    pub(super) fn check(&self, rate: SampleRate) -> Result<(), DspError> {
        size("bins per octave", self.bins_per_octave, 1, 1200)?;
        size("bins", self.bins, 1, 12_000)?;
        self.compression.check()?;
        let nyquist = rate.hz() / 2.0;
        let highest = self.frequency(self.bins - 1);
        if !(self.low_hz > 0.0 && highest < nyquist) {
            let expected = format!("above 0 Hz, so that the highest bin is below {nyquist} Hz");
            return Err(parameter("lowest frequency", expected, self.low_hz));
        }
        if let Some(quality) = self.quality.filter(|quality| !(1.0..=10_000.0).contains(quality)) {
            return Err(parameter("quality", "1 to 10000", quality));
        }
        if self.length(0, rate) > (MAX_FRAME_LEN / 4) as f64 {
            let expected = format!("kernels of at most {} samples", MAX_FRAME_LEN / 4);
            return Err(parameter("lowest frequency", expected, self.low_hz));
        }
        let values = (0..self.bins).map(|bin| self.length(bin, rate).ceil() as usize).sum();
        size("samples in all kernels", values, 2, MAX_KERNEL_VALUES)
    }

    fn frequency(&self, bin: usize) -> f64 {
        f64::from(self.low_hz) * (bin as f64 / self.bins_per_octave as f64).exp2()
    }

    /// Returns the length of a kernel in samples, not rounded.
    fn length(&self, bin: usize, rate: SampleRate) -> f64 {
        let ratio = (2.0 / self.bins_per_octave as f64).exp2();
        let quality = self.quality.map_or((ratio + 1.0) / (ratio - 1.0), f64::from);
        quality * rate.hz() / self.frequency(bin)
    }

    /// Returns the range of a kernel around the centre of the frame, in samples. librosa runs each octave below the
    /// highest one at half the rate of the octave above; a kernel has a whole number of samples at that rate.
    fn range(&self, bin: usize, rate: SampleRate) -> Range<i64> {
        let octave = (self.bins - 1 - bin) / self.bins_per_octave;
        let decimation = 1_i64 << octave.min(32);
        let length = self.length(bin, rate) / decimation as f64;
        let (first, end) = ((-length / 2.0).floor() as i64, (length / 2.0).floor() as i64);
        first.saturating_mul(decimation)..end.max(first + 1).saturating_mul(decimation)
    }

    /// Returns the number of samples of a frame that contains all kernels.
    pub(super) fn frame_len(&self, rate: SampleRate) -> usize {
        let reach = |range: Range<i64>| (-range.start).max(range.end).unsigned_abs() as usize;
        2 * (0..self.bins).map(|bin| reach(self.range(bin, rate))).max().unwrap_or(0) + 1
    }

    pub(super) fn kernels(&self, rate: SampleRate) -> Vec<Kernel> {
        let centre = (self.frame_len(rate) / 2) as i64;
        (0..self.bins).map(|bin| self.kernel(bin, centre, rate)).collect()
    }

    fn kernel(&self, bin: usize, centre: i64, rate: SampleRate) -> Kernel {
        let range = self.range(bin, rate);
        let count = (range.end - range.start) as usize;
        let weights: Vec<f64> = (0..count).map(|i| f64::from(Window::HannPeriodic.weight(i, count))).collect();
        let scale = self.length(bin, rate).sqrt() / weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let step = TAU * self.frequency(bin) / rate.hz();
        // A kernel is convolved with the signal: it runs backwards.
        let first = centre - (range.end - 1);
        let (real, imaginary) = (range.start..)
            .zip(&weights)
            .map(|(n, weight)| {
                let phase = step * n as f64;
                ((scale * weight * phase.cos()) as f32, (scale * weight * phase.sin()) as f32)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .unzip();
        Kernel { first: usize::try_from(first).unwrap_or(0), real, imaginary }
    }
}

/// Kernel of one bin, from sample `first` of the frame on.
pub(super) struct Kernel {
    first: usize,
    real: Vec<f32>,
    imaginary: Vec<f32>,
}

impl Kernel {
    /// Returns the magnitude of the bin.
    pub(super) fn magnitude(&self, frame: &[f32]) -> f32 {
        let samples = frame.get(self.first..).unwrap_or_default();
        let dot = |weights: &[f32]| -> f64 {
            samples.iter().zip(weights).map(|(&sample, &weight)| f64::from(sample) * f64::from(weight)).sum()
        };
        dot(&self.real).hypot(dot(&self.imaginary)) as f32
    }
}
