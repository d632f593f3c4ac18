//! Filter banks over a power spectrum: mel, ERB (gammatone) and Bark bands.

use std::f64::consts::{PI, TAU};

use earmark_dsp::Complex;

use crate::SAMPLE_RATE_HZ;
use crate::lanes::dot;
use crate::math::round_half_up;

/// Edges of the Bark bands in Hz (Essentia's BarkBands).
pub(crate) const BARK_EDGES_HZ: [f64; 28] = [
    0.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 510.0, 630.0, 770.0, 920.0, 1080.0, 1270.0, 1480.0, 1720.0, 2000.0,
    2320.0, 2700.0, 3150.0, 3700.0, 4400.0, 5300.0, 6400.0, 7700.0, 9500.0, 12_000.0, 15_500.0, 20_500.0,
];

/// Bank of filters; each filter has weights for a run of bins.
#[derive(Debug, Clone)]
pub(crate) struct FilterBank {
    /// First bin of a filter, and the end of its weights in `weights`.
    filters: Vec<(usize, usize)>,
    weights: Vec<f32>,
}

impl FilterBank {
    fn new(filters: impl Iterator<Item = (usize, Vec<f64>)>) -> Self {
        let mut bank = Self { filters: Vec::new(), weights: Vec::new() };
        for (first, weights) in filters {
            bank.weights.extend(weights.iter().map(|&weight| weight as f32));
            bank.filters.push((first, bank.weights.len()));
        }
        bank
    }

    /// Creates triangular mel bands over `bins` bins, as in Essentia's MelBands: edges equally spaced in mel, weights
    /// linear in mel, the weights of a band divided by their sum. A band without bins is 0.
    pub(crate) fn mel(bands: usize, max_hz: f64, bins: usize) -> Self {
        let mel = |hz: f64| 2595.0 * (hz / 700.0 + 1.0).log10();
        let hz = |mel: f64| 700.0 * (10_f64.powf(mel / 2595.0) - 1.0);
        let bin_hz = bin_hz(bins);
        let edge = |i: usize| mel(max_hz) * i as f64 / (bands + 1) as f64;
        Self::new((0..bands).map(|band| {
            let (low, mid, high) = (edge(band), edge(band + 1), edge(band + 2));
            // A margin keeps a bin that lies on an edge.
            let first = (hz(low) / bin_hz - 1e-9).ceil().max(0.0) as usize;
            let end = ((hz(high) / bin_hz + 1e-9).floor() as usize + 1).min(bins);
            let weight = |bin: usize| {
                let at = mel(bin as f64 * bin_hz);
                (if at < mid { (at - low) / (mid - low) } else { (high - at) / (high - mid) }).max(0.0)
            };
            let mut weights: Vec<f64> = (first..end).map(weight).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum } else { 0.0 });
            (first.min(bins), weights)
        }))
    }

    /// Creates the sums over Bark bands, whose edges are rounded to bins.
    pub(crate) fn bark(bins: usize) -> Self {
        let bin = |hz: f64| (round_half_up(hz / bin_hz(bins)) as usize).min(bins);
        Self::new(BARK_EDGES_HZ.windows(2).map(|edges| (bin(edges[0]), vec![1.0; bin(edges[1]) - bin(edges[0])])))
    }

    /// Creates bands with the magnitude response of gammatone filters, as in Essentia's ERBBands (type "magnitude"):
    /// centres equally spaced in ERB rate from `min_hz` on. Every filter covers all bins: its skirts count where a
    /// spectrum falls steeply.
    pub(crate) fn erb(bands: usize, min_hz: f64, max_hz: f64, bins: usize) -> Self {
        let offset = EAR_Q * MIN_BANDWIDTH_HZ;
        let span = ((min_hz + offset) / (max_hz + offset)).ln();
        let centre = |band: usize| -offset + (span * band as f64 / bands as f64).exp() * (max_hz + offset);
        let last = (bins.max(2) - 1) as f64;
        Self::new((0..bands).map(|band| {
            let filter = Gammatone::new(centre(bands - band));
            (0, (0..bins).map(|bin| filter.response(Complex::from_polar(1.0, PI * bin as f64 / last))).collect())
        }))
    }

    /// Returns the number of bands.
    pub(crate) fn bands(&self) -> usize {
        self.filters.len()
    }

    /// Writes the weighted sum of each band to `out`, which has one value per band.
    pub(crate) fn apply(&self, power: &[f32], out: &mut [f32]) {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                let mut start = 0;
                for (band, &(first, end)) in out.iter_mut().zip(&self.filters) {
                    let weights = &self.weights[start..end];
                    *band = dot(&power[first..first + weights.len()], weights);
                    start = end;
                }
            },
        );
    }
}

/// Returns the width of a bin in Hz.
fn bin_hz(bins: usize) -> f64 {
    SAMPLE_RATE_HZ / 2.0 / (bins.max(2) - 1) as f64
}

/// Quality of the ear's filters at high frequencies (Glasberg and Moore).
const EAR_Q: f64 = 9.26449;
/// Bandwidth of the ear's filters at low frequencies, in Hz.
const MIN_BANDWIDTH_HZ: f64 = 24.7;

/// Gammatone filter of order 4 as four second-order sections (Slaney), with unit gain at its centre.
struct Gammatone {
    pole: Complex<f64>,
    zeros: [f64; 4],
    scale: f64,
}

impl Gammatone {
    fn new(centre_hz: f64) -> Self {
        let t = 1.0 / SAMPLE_RATE_HZ;
        let width = 1.019 * TAU * (centre_hz / EAR_Q + MIN_BANDWIDTH_HZ);
        let angle = TAU * centre_hz * t;
        let decay = (-width * t).exp();
        let (sin, cos) = angle.sin_cos();
        let (far, near) = ((3.0 + 2_f64.powf(1.5)).sqrt(), (3.0 - 2_f64.powf(1.5)).sqrt());
        let shifts = [far, -far, near, -near];
        let turn = Complex::from_polar(1.0, 2.0 * angle);
        let (first, second) = (turn * (-2.0 * t), Complex::from_polar(2.0 * t * decay, angle));
        let sections: Complex<f64> = shifts.iter().map(|&shift| first + second * (cos - sin * shift)).product();
        let denominator = -2.0 * decay * decay - turn * 2.0 + (turn + 1.0) * (2.0 * decay);
        let gain = sections.norm() / denominator.norm().powi(4);
        Self {
            pole: Complex::from_polar(decay, angle),
            zeros: shifts.map(|shift| decay * (cos + shift * sin)),
            scale: t.powi(4) / gain,
        }
    }

    /// Returns the magnitude of the response at a point of the unit circle. As in the reference, both poles of a section
    /// count as the one above the real axis.
    fn response(&self, at: Complex<f64>) -> f64 {
        let zeros: f64 = self.zeros.iter().map(|&zero| (at - zero).norm()).product();
        self.scale * zeros / (self.pole - at).norm_sqr().powi(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(bank: &FilterBank, power: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; bank.bands()];
        bank.apply(power, &mut out);
        out
    }

    #[test]
    fn flat_spectrum_has_mel_bands_of_one() {
        for bank in [FilterBank::mel(40, 11_000.0, 1025), FilterBank::mel(128, 22_050.0, 1025)] {
            assert!(applied(&bank, &[1.0; 1025]).iter().all(|band| (band - 1.0).abs() < 1e-5));
        }
    }

    #[test]
    fn bark_bands_partition_the_bins() {
        let bands = applied(&FilterBank::bark(1025), &[1.0; 1025]);
        assert_eq!(bands.len(), 27);
        assert_eq!(bands[..3], [2.0, 3.0, 2.0]);
        assert_eq!(bands.iter().sum::<f32>(), (20_500.0_f32 / 22_050.0 * 1024.0).round());
    }

    #[test]
    fn gammatone_filters_ascend_and_peak_near_their_centre() {
        let bank = FilterBank::erb(40, 40.0, 22_050.0, 1025);
        assert_eq!((bank.bands(), bank.weights.len()), (40, 40 * 1025));
        let mut previous = 0;
        for filter in bank.weights.chunks(1025) {
            let top = (0..1025).max_by(|&a, &b| filter[a].total_cmp(&filter[b])).unwrap();
            assert!(top >= previous && filter[top] > 0.0, "{top}");
            previous = top;
        }
        // The last centre is 19.7 kHz, bin 916; the doubled pole moves the maximum down.
        assert!((previous as i64 - 916).abs() < 25, "{previous}");
    }

    #[test]
    fn short_spectra_make_banks_without_panic() {
        for bins in [2, 33, 100] {
            let power = vec![1.0; bins];
            for bank in [
                FilterBank::mel(128, 22_050.0, bins),
                FilterBank::bark(bins),
                FilterBank::erb(40, 40.0, 22_050.0, bins),
            ] {
                assert!(applied(&bank, &power).iter().all(|band| band.is_finite()));
            }
        }
    }
}
