//! Spectral centroid of the last samples.

use crate::{DspError, SampleRate, Spectrum, Window};

/// Length of a frame in seconds, before it is rounded up to a power of two.
const FRAME_S: f64 = 0.02;
/// Mean square below which a frame has no centroid: -100 dBFS.
const MIN_POWER: f64 = 1e-10;

/// Ring of the last samples, and their spectrum.
#[derive(Debug)]
pub(super) struct CentroidMeter {
    bin_hz: f64,
    spectrum: Spectrum<f32>,
    ring: Box<[f32]>,
    /// Position of the oldest sample in the ring.
    oldest: usize,
    frame: Box<[f32]>,
    magnitudes: Box<[f32]>,
}

impl CentroidMeter {
    /// Allocates.
    pub(super) fn new(rate: SampleRate) -> Result<Self, DspError> {
        let len = ((rate.hz() * FRAME_S) as usize).next_power_of_two();
        let spectrum = Spectrum::new(Window::HannSymmetric, len, len)?;
        Ok(Self {
            bin_hz: rate.hz() / len as f64,
            ring: vec![0.0; len].into(),
            oldest: 0,
            frame: vec![0.0; len].into(),
            magnitudes: vec![0.0; spectrum.bins()].into(),
            spectrum,
        })
    }

    /// Adds samples. Real-time safe.
    pub(super) fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            self.ring[self.oldest] = sample;
            self.oldest = if self.oldest + 1 == self.ring.len() { 0 } else { self.oldest + 1 };
        }
    }

    /// Returns the centroid of the last samples in Hz: the mean of the frequencies, weighted by magnitude; 0 in silence.
    /// Real-time safe.
    pub(super) fn centroid_hz(&mut self) -> f64 {
        let (newer, older) = self.ring.split_at(self.oldest);
        let (first, second) = self.frame.split_at_mut(older.len());
        first.copy_from_slice(older);
        second.copy_from_slice(newer);
        let power = self.frame.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / self.frame.len() as f64;
        if power < MIN_POWER {
            return 0.0;
        }
        self.spectrum.magnitudes(&self.frame, &mut self.magnitudes);
        let (mut sum, mut moment) = (0.0, 0.0);
        for (bin, &magnitude) in self.magnitudes.iter().enumerate() {
            sum += f64::from(magnitude);
            moment += bin as f64 * f64::from(magnitude);
        }
        // A constant offset has a spectrum, so the sum is above 0.
        if sum > 0.0 { moment / sum * self.bin_hz } else { 0.0 }
    }

    pub(super) fn reset(&mut self) {
        self.ring.fill(0.0);
        self.oldest = 0;
    }
}
