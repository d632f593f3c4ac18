//! Triangular filters over the bins of a spectrum, stored without their zeros.

use crate::DspError;

/// Normalization of the filters of a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandNorm {
    /// Height 1 (librosa's `norm=None`, torchaudio's default, madmom's `norm_filters=False`).
    Height,
    /// Area 1 in Hz (librosa's default, `slaney`).
    Area,
    /// Weights with the sum 1 (madmom's `norm_filters=True`).
    Sum,
}

/// Filters of a bank, or none.
pub(in super::super) struct Filters {
    /// Number of bins.
    bins: usize,
    /// First bin and weights of each filter; none passes the bins.
    filters: Option<Vec<(usize, Vec<f64>)>>,
}

impl Filters {
    /// Returns a bank that passes the bins.
    pub(super) fn none(bins: usize) -> Self {
        Self { bins, filters: None }
    }

    /// Returns triangles between frequencies. A band may be narrower than a bin, and is then 0, as in librosa.
    pub(super) fn between_frequencies(edges: &[f64], bins: usize, bin_hz: f64, norm: BandNorm) -> Self {
        let filters = edges.windows(3).map(|edges| {
            let (low, centre, high) = (edges[0], edges[1], edges[2]);
            let weight = |bin: usize| {
                let hz = bin as f64 * bin_hz;
                ((hz - low) / (centre - low)).min((high - hz) / (high - centre)).max(0.0)
            };
            let first = ((low / bin_hz).floor().max(0.0) as usize).min(bins);
            let last = ((high / bin_hz).ceil() as usize + 1).min(bins);
            let mut weights: Vec<f64> = (first..last).map(weight).collect();
            let divisor = match norm {
                BandNorm::Height => 1.0,
                BandNorm::Area => (high - low) / 2.0,
                BandNorm::Sum => sum(&weights),
            };
            weights.iter_mut().for_each(|weight| *weight /= divisor);
            (first, weights)
        });
        Self { bins, filters: Some(filters.collect()) }
    }

    /// Returns triangles between bins. A triangle that would contain no bin becomes its centre.
    pub(super) fn between_bins(centres: &[usize], bins: usize, norm: BandNorm) -> Result<Self, DspError> {
        if centres.len() < 3 {
            let why = format!("expected at least 3 different bins for the bands, got {}", centres.len());
            return Err(DspError::MelBank { why });
        }
        let filters = centres.windows(3).map(|bounds| {
            let (first, mut centre, mut stop) = (bounds[0], bounds[1], bounds[2]);
            if stop - first < 2 {
                (centre, stop) = (first, first + 1);
            }
            let rising = (first..centre).map(|bin| (bin - first) as f64 / (centre - first) as f64);
            let falling = (centre..stop).map(|bin| (stop - bin) as f64 / (stop - centre) as f64);
            let mut weights: Vec<f64> = rising.chain(falling).collect();
            let divisor = match norm {
                BandNorm::Height => 1.0,
                BandNorm::Area => (stop - first) as f64 / 2.0,
                BandNorm::Sum => sum(&weights),
            };
            weights.iter_mut().for_each(|weight| *weight /= divisor);
            (first, weights)
        });
        Ok(Self { bins, filters: Some(filters.collect()) })
    }

    /// Returns the number of bands, or of bins without a bank.
    pub(super) fn width(&self) -> usize {
        self.filters.as_ref().map_or(self.bins, Vec::len)
    }

    /// Writes the weighted sum of each band. Real-time safe.
    pub(super) fn apply(&self, spectrum: &[f32], out: &mut [f32]) {
        let Some(filters) = &self.filters else {
            out.iter_mut().zip(spectrum).for_each(|(out, &bin)| *out = bin);
            return;
        };
        for (out, (first, weights)) in out.iter_mut().zip(filters) {
            let bins = spectrum.iter().skip(*first);
            *out = bins.zip(weights).map(|(&bin, &weight)| f64::from(bin) * weight).sum::<f64>() as f32;
        }
    }
}

/// Returns the sum of the weights, or 1 if all are 0.
fn sum(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 { sum } else { 1.0 }
}
