//! Sparse triangular mel filter banks, with the band edges of the reference to the last bit.
//!
//! Essentia computes the edges with a running sum in single precision, which moves an edge by up to 0.026 Hz. A pure
//! tone between two bins then differs by 8e-4 of log-mel, so this module computes the same sum in the same precision.

use std::fmt;
use std::ops::RangeInclusive;

use crate::DspError;

/// Frequency scale on which the band edges are equally spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MelScale {
    /// Linear below 1 kHz, logarithmic above (Slaney's Auditory Toolbox, librosa's default).
    Slaney,
    /// `2595 * log10(1 + f / 700)` (HTK).
    Htk,
}

/// Shape of the triangular filters: the domain in which their slopes are linear, and their normalization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilterShape {
    /// Linear in Hz, with unit area (`unit_tri`).
    HertzUnitArea,
    /// Linear in Hz, with unit height (`unit_max`).
    HertzUnitHeight,
    /// Linear on the HTK scale, with unit height (`unit_max`).
    HtkUnitHeight,
    /// Linear on the HTK scale, with weights that sum to one (`unit_sum`).
    HtkUnitSum,
}

/// Parameters of a mel filter bank.
#[derive(Debug, Clone, PartialEq)]
pub struct MelSpec {
    /// Returns the number of bands.
    pub bands: usize,
    /// Lower edge of the first band to upper edge of the last, in Hz.
    pub range_hz: RangeInclusive<f32>,
    /// Scale on which the edges are equally spaced.
    pub scale: MelScale,
    /// Shape of the triangles.
    pub shape: FilterShape,
}

/// Bank of triangular filters over the bins of a spectrum.
#[derive(Clone)]
pub struct MelBank {
    filters: Vec<Filter>,
}

impl fmt::Debug for MelBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MelBank").field("bands", &self.filters.len()).finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Filter {
    first_bin: usize,
    weights: Vec<f32>,
}

impl MelBank {
    /// Creates the bank of `spec` over `bins` bins from 0 Hz to `nyquist_hz`. Allocates: call while activating.
    ///
    /// # Errors
    /// [`DspError::MelBank`] if a band contains no bin or ends above Nyquist.
    pub fn new(spec: &MelSpec, bins: usize, nyquist_hz: f32) -> Result<Self, DspError> {
        let bin_hz = nyquist_hz / bins.saturating_sub(1).max(1) as f32;
        let edges = band_edges(spec);
        let filters = edges
            .windows(3)
            .enumerate()
            .map(|(band, edges)| {
                let filter = Filter::new(edges, bin_hz, spec.shape);
                let last_bin = filter.first_bin + filter.weights.len();
                if last_bin > bins {
                    let why = format!("band {band} ends at {} Hz, above Nyquist at {nyquist_hz} Hz", edges[2]);
                    Err(DspError::MelBank { why })
                } else if filter.weights.iter().all(|&weight| weight == 0.0) {
                    let why = format!("band {band} ({} to {} Hz) holds no bin of {bin_hz} Hz", edges[0], edges[2]);
                    Err(DspError::MelBank { why })
                } else {
                    Ok(filter)
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { filters })
    }

    /// Number of bands.
    #[must_use]
    pub fn bands(&self) -> usize {
        self.filters.len()
    }

    /// Writes the weighted sum of each band to `out`, which has one value per band; `spectrum` has the bins given to
    /// `new`.
    pub fn apply(&self, spectrum: &[f32], out: &mut [f32]) {
        for (energy, filter) in out.iter_mut().zip(&self.filters) {
            let bins = spectrum.iter().skip(filter.first_bin);
            *energy =
                bins.zip(&filter.weights).map(|(&bin, &weight)| f64::from(bin) * f64::from(weight)).sum::<f64>() as f32;
        }
    }
}

impl Filter {
    fn new(edges: &[f32], bin_hz: f32, shape: FilterShape) -> Self {
        let (low, mid, high) = (edges[0], edges[1], edges[2]);
        let straight = |hz: f32| match shape {
            FilterShape::HertzUnitArea | FilterShape::HertzUnitHeight => hz,
            FilterShape::HtkUnitHeight | FilterShape::HtkUnitSum => MelScale::Htk.of_hz(hz),
        };
        let height = match shape {
            FilterShape::HertzUnitArea => (straight(high) - straight(low)) / 2.0,
            FilterShape::HertzUnitHeight | FilterShape::HtkUnitHeight | FilterShape::HtkUnitSum => 1.0,
        };
        let first_bin = (low / bin_hz).ceil() as usize;
        let last_bin = (high / bin_hz).floor() as usize;
        let mut weights: Vec<f32> = (first_bin..=last_bin)
            .map(|bin| {
                let hz = bin as f32 * bin_hz;
                let weight = if hz < mid {
                    (straight(hz) - straight(low)) / (straight(mid) - straight(low))
                } else {
                    (straight(high) - straight(hz)) / (straight(high) - straight(mid))
                };
                weight / height
            })
            .collect();
        let sum: f32 = weights.iter().sum();
        if shape == FilterShape::HtkUnitSum && sum > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= sum);
        }
        Self { first_bin, weights }
    }
}

/// Returns the `bands + 2` edges in Hz: equal steps on the scale, summed one by one in single precision.
fn band_edges(spec: &MelSpec) -> Vec<f32> {
    let (low, high) = (spec.scale.of_hz(*spec.range_hz.start()), spec.scale.of_hz(*spec.range_hz.end()));
    let step = (high - low) / (spec.bands + 1) as f32;
    let mut mel = low;
    (0..spec.bands + 2)
        .map(|_| {
            let hz = spec.scale.to_hz(mel);
            mel += step;
            hz
        })
        .collect()
}

impl MelScale {
    /// Mel per Hz in Slaney's linear part, rounded to single precision as in the reference.
    const SLANEY_LINEAR: f32 = (3.0 / 200.0) as f32;
    /// Frequency in Hz above which Slaney's scale is logarithmic.
    const SLANEY_BREAK_HZ: f32 = 1_000.0;

    /// Returns the natural logarithm per mel in Slaney's upper part.
    fn slaney_log_step() -> f32 {
        (6.4_f64.ln() / 27.0) as f32
    }

    fn of_hz(self, hz: f32) -> f32 {
        match self {
            Self::Slaney if hz < Self::SLANEY_BREAK_HZ => hz * Self::SLANEY_LINEAR,
            Self::Slaney => {
                let log = f64::from(hz / Self::SLANEY_BREAK_HZ).ln() as f32;
                Self::SLANEY_BREAK_HZ * Self::SLANEY_LINEAR + log / Self::slaney_log_step()
            }
            Self::Htk => (2595.0 * (f64::from(hz) / 700.0 + 1.0).log10()) as f32,
        }
    }

    fn to_hz(self, mel: f32) -> f32 {
        let break_mel = Self::SLANEY_BREAK_HZ * Self::SLANEY_LINEAR;
        match self {
            Self::Slaney if mel < break_mel => mel / Self::SLANEY_LINEAR,
            Self::Slaney => {
                let log = (mel - break_mel) * Self::slaney_log_step();
                (f64::from(Self::SLANEY_BREAK_HZ) * f64::from(log).exp()) as f32
            }
            Self::Htk => (700.0 * (10.0_f64.powf(f64::from(mel) / 2595.0) - 1.0)) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn musicnn() -> MelSpec {
        MelSpec { bands: 96, range_hz: 0.0..=8000.0, scale: MelScale::Slaney, shape: FilterShape::HertzUnitArea }
    }

    fn vggish() -> MelSpec {
        MelSpec { bands: 64, range_hz: 125.0..=7500.0, scale: MelScale::Htk, shape: FilterShape::HtkUnitHeight }
    }

    fn tempo() -> MelSpec {
        MelSpec { bands: 40, range_hz: 20.0..=5000.0, scale: MelScale::Slaney, shape: FilterShape::HertzUnitArea }
    }

    fn sinet() -> MelSpec {
        MelSpec { bands: 96, range_hz: 50.0..=10_500.0, scale: MelScale::Slaney, shape: FilterShape::HertzUnitHeight }
    }

    /// Published edges of the reference: the first four and the last three.
    #[test]
    fn edges_are_those_of_the_reference() {
        let table: [(MelSpec, [f32; 7]); 4] = [
            (musicnn(), [0.0, 31.0967, 62.1933, 93.29, 7503.0006, 7747.516, 8000.0]),
            (vggish(), [125.0, 154.669, 185.4049, 217.2462, 6940.572, 7215.345, 7500.0]),
            (tempo(), [20.0, 81.9665, 143.933, 205.8995, 4400.106, 4690.472, 5000.0]),
            (sinet(), [50.0, 83.2996, 116.5992, 149.8988, 9803.045, 10_145.539, 10_500.0]),
        ];
        for (spec, expected) in table {
            let edges = band_edges(&spec);
            let ends = edges[..4].iter().chain(&edges[edges.len() - 3..]);
            for (got, expected) in ends.zip(expected) {
                assert!((got - expected).abs() <= 0.03, "{:?}: edge {got} Hz, expected {expected}", spec.scale);
            }
        }
    }

    /// Counts of weights measured on the reference with one-hot spectra.
    #[test]
    fn banks_have_the_shape_of_the_reference() {
        let count = |spec: &MelSpec, bins, nyquist| {
            let bank = MelBank::new(spec, bins, nyquist).unwrap();
            bank.filters.iter().flat_map(|f| &f.weights).filter(|&&w| w != 0.0).count()
        };
        assert_eq!(count(&musicnn(), 257, 8000.0), 502);
        assert_eq!(count(&vggish(), 257, 8000.0), 461);
        assert_eq!(count(&tempo(), 513, 5512.5), 891);
        assert_eq!(count(&sinet(), 1025, 11_025.0), 1906);

        let one_hot = |bin: usize| (0..257).map(|i| f32::from(u8::from(i == bin))).collect::<Vec<_>>();
        let mut out = [0.0; 96];
        MelBank::new(&musicnn(), 257, 8000.0).unwrap().apply(&one_hot(1), &mut out);
        assert!((out[0] - 0.031_999_2).abs() < 1e-6, "band 0, bin 1: {}", out[0]);
        let mut out = [0.0; 64];
        MelBank::new(&vggish(), 257, 8000.0).unwrap().apply(&one_hot(5), &mut out);
        assert!((out[0] - 0.947_69).abs() < 1e-5, "band 0, bin 5: {}", out[0]);
    }

    #[test]
    fn bank_with_an_empty_band_or_above_nyquist_is_rejected() {
        let narrow = MelBank::new(&musicnn(), 65, 8000.0).unwrap_err();
        assert!(narrow.to_string().contains("holds no bin"), "{narrow}");
        let high = MelBank::new(&musicnn(), 257, 4000.0).unwrap_err();
        assert!(high.to_string().contains("above Nyquist"), "{high}");
    }
}
