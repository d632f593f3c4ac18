//! Filter banks by their parameters.

use super::filters::{BandNorm, Filters};
use super::limits::{parameter, range, size};
use crate::{DspError, MelScale, SampleRate};

/// Maximum number of bands.
const MAX_BANDS: usize = 4096;
/// Frequency from which the bands of a logarithmic bank are counted: A4.
const REFERENCE_HZ: f64 = 440.0;

/// Filter bank over the bins of a spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bank {
    /// None: the bins themselves.
    None,
    /// Triangles whose edges are equally spaced on a mel scale.
    Mel {
        /// Number of bands.
        bands: usize,
        /// Lower edge of the first band, in Hz.
        low_hz: f32,
        /// Upper edge of the last band, in Hz.
        high_hz: f32,
        /// Mel scale.
        scale: MelScale,
        /// Normalization.
        norm: BandNorm,
    },
    /// Triangles between the bins next to equally tempered frequencies around A4 = 440 Hz, as in madmom; a bin is the
    /// centre of at most one band.
    Logarithmic {
        /// Number of bands per octave.
        bands_per_octave: usize,
        /// Lowest frequency in Hz.
        low_hz: f32,
        /// Highest frequency in Hz.
        high_hz: f32,
        /// Normalization.
        norm: BandNorm,
    },
}

impl Bank {
    pub(super) fn check(self, rate: SampleRate) -> Result<(), DspError> {
        match self {
            Self::None => Ok(()),
            Self::Mel { bands, low_hz, high_hz, .. } => {
                size("bands", bands, 1, MAX_BANDS)?;
                range(low_hz, high_hz, rate)
            }
            Self::Logarithmic { bands_per_octave, low_hz, high_hz, .. } => {
                size("bands per octave", bands_per_octave, 1, MAX_BANDS)?;
                if low_hz <= 0.0 {
                    return Err(parameter("lowest frequency", "above 0 Hz in a logarithmic bank", low_hz));
                }
                // The bank ends at Nyquist; madmom's default of 17 kHz is above that of 22.05 kHz.
                range(low_hz, high_hz.min((rate.hz() / 2.0) as f32), rate)
            }
        }
    }

    /// Returns the filters over the bins of an FFT.
    pub(super) fn filters(self, fft_len: usize, rate: SampleRate) -> Result<Filters, DspError> {
        let bins = fft_len / 2 + 1;
        match self {
            Self::None => Ok(Filters::none(bins)),
            Self::Mel { bands, low_hz, high_hz, scale, norm } => {
                let (low, high) = (mel(scale, f64::from(low_hz)), mel(scale, f64::from(high_hz)));
                let edges: Vec<f64> =
                    (0..bands + 2).map(|i| hz(scale, low + (high - low) * i as f64 / (bands + 1) as f64)).collect();
                Ok(Filters::between_frequencies(&edges, bins, rate.hz() / fft_len as f64, norm))
            }
            Self::Logarithmic { bands_per_octave, low_hz, high_hz, norm } => {
                // madmom's spectra end below Nyquist, and its frequencies are those of an even length.
                let bins = (fft_len / 2).max(2);
                let bin_hz = rate.hz() / (2 * bins) as f64;
                let (low, high) = (f64::from(low_hz), f64::from(high_hz));
                let per_octave = bands_per_octave as f64;
                let left = ((low / REFERENCE_HZ).log2() * per_octave).floor() as i64;
                let right = ((high / REFERENCE_HZ).log2() * per_octave).ceil() as i64;
                let frequencies = (left..right).map(|i| REFERENCE_HZ * (i as f64 / per_octave).exp2());
                let mut centres: Vec<usize> = frequencies
                    .filter(|frequency| (low..=high).contains(frequency))
                    .map(|frequency| nearest_bin(frequency, bins, bin_hz))
                    .collect();
                centres.dedup();
                Filters::between_bins(&centres, fft_len / 2 + 1, norm)
            }
        }
    }
}

/// Returns the bin whose frequency is nearest, as madmom chooses it: a tie goes to the upper one. `bins` is
/// at least 2.
fn nearest_bin(frequency: f64, bins: usize, bin_hz: f64) -> usize {
    let above = ((frequency / bin_hz).ceil() as usize).clamp(1, bins - 1);
    let (left, right) = ((above - 1) as f64 * bin_hz, above as f64 * bin_hz);
    if frequency - left < right - frequency { above - 1 } else { above }
}

// The scales in double precision, as libraries in Python compute them: `MelBank` repeats the rounding of Essentia's single
// precision, which differs by up to 0.026 Hz.

/// Mel per Hz below 1 kHz on Slaney's scale.
const SLANEY_LINEAR: f64 = 3.0 / 200.0;

/// Returns the natural logarithm per mel above 1 kHz on Slaney's scale.
fn slaney_log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn mel(scale: MelScale, hz: f64) -> f64 {
    match scale {
        MelScale::Slaney if hz < 1000.0 => hz * SLANEY_LINEAR,
        MelScale::Slaney => 15.0 + (hz / 1000.0).ln() / slaney_log_step(),
        MelScale::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
    }
}

fn hz(scale: MelScale, mel: f64) -> f64 {
    match scale {
        MelScale::Slaney if mel < 15.0 => mel / SLANEY_LINEAR,
        MelScale::Slaney => 1000.0 * (slaney_log_step() * (mel - 15.0)).exp(),
        MelScale::Htk => 700.0 * (10.0_f64.powf(mel / 2595.0) - 1.0),
    }
}
