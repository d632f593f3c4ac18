//! Pitch salience: the largest autocorrelation of a spectrum over that at lag 0.

use earmark_dsp::{DspError, InverseSpectrum, Spectrum, Window};

use crate::SAMPLE_RATE_HZ;

/// Range of pitches in Hz; it gives the range of lags in bins.
const RANGE_HZ: (f64, f64) = (100.0, 5000.0);

/// Pitch salience of a magnitude spectrum (Essentia's PitchSalience).
pub(super) struct Salience {
    lags: std::ops::Range<usize>,
    forward: Spectrum<f32>,
    power: Vec<f32>,
    inverse: InverseSpectrum<f32>,
}

impl Salience {
    /// Creates the computation for spectra of `bins` bins. Allocates.
    ///
    /// # Errors
    /// [`DspError::Size`] if there are fewer than 2 bins.
    pub(super) fn new(bins: usize) -> Result<Self, DspError> {
        let lag = |hz: f64| (hz * bins as f64 / (SAMPLE_RATE_HZ / 2.0)) as usize;
        let lags = lag(RANGE_HZ.0)..lag(RANGE_HZ.1);
        // Lags below the end are not reached by the wrapped part of the circular autocorrelation.
        let len = fft_len(bins + lags.end);
        let forward = Spectrum::new(Window::Square, bins, len)?;
        let power = vec![0.0; forward.bins()];
        Ok(Self { lags, forward, power, inverse: InverseSpectrum::new(len)? })
    }

    /// Returns the salience: 0 to 1. Real-time safe.
    pub(super) fn of(&mut self, magnitudes: &[f32]) -> f32 {
        for (power, bin) in self.power.iter_mut().zip(self.forward.complex(magnitudes)) {
            *power = bin.norm_sqr();
        }
        let bins = self.power.iter().map(|&power| earmark_dsp::Complex::new(power, 0.0));
        let autocorrelation = self.inverse.samples(bins);
        let zero = autocorrelation.first().copied().unwrap_or(0.0);
        let lags = autocorrelation.get(self.lags.clone()).unwrap_or_default();
        if zero.is_nan() || zero <= 0.0 || lags.is_empty() {
            return 0.0;
        }
        lags.iter().copied().fold(f32::MIN, f32::max) / zero
    }
}

/// Returns the smallest even length that is not below `min` and is 1, 3 or 5 times a power of two.
fn fft_len(min: usize) -> usize {
    let smallest = |odd: usize| odd * min.div_ceil(odd).next_power_of_two().max(2);
    smallest(1).min(smallest(3)).min(smallest(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salience_matches_the_direct_sum() {
        let spectrum: Vec<f32> =
            (0..1025).map(|i| if i % 37 == 0 { 1.0 } else { ((i * i) % 13) as f32 * 0.01 }).collect();
        let mut salience = Salience::new(1025).unwrap();
        assert_eq!(salience.lags, 4..232);
        let at = |lag: usize| -> f64 {
            spectrum.iter().zip(&spectrum[lag..]).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let expected = (4..232).map(at).fold(0.0, f64::max) / at(0);
        assert!((f64::from(salience.of(&spectrum)) - expected).abs() < 1e-6);
        assert_eq!(salience.of(&[0.0; 1025]), 0.0);
    }

    #[test]
    fn length_of_the_transform_is_large_enough() {
        for min in 1..3000 {
            let len = fft_len(min);
            assert!(len >= min && len.is_multiple_of(2) && len <= 2 * min.max(2), "{min}: {len}");
        }
        assert_eq!(fft_len(1257), 1280);
    }
}
