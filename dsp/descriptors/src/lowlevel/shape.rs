//! Shape of a distribution over bins or bands: centroid, spread, skewness, kurtosis, crest and flatness.

use crate::lanes::{central_sums, sum, sum_and_ramp};
use crate::math::decibels;

/// Spread, skewness and kurtosis of a distribution (Essentia's CentralMoments and DistributionShape).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    /// Variance, in squared units of the range.
    pub(super) spread: f64,
    /// Third central moment over the variance to the power 1.5; 0 for a distribution without width.
    pub(super) skewness: f64,
    /// Fourth central moment over the squared variance, less 3; -3 for a distribution without width.
    pub(super) kurtosis: f64,
}

impl Moments {
    /// Variance, in squared indices, below which a distribution has no width: only rounding.
    const MIN_VARIANCE: f64 = 1e-20;

    /// Computes the moments of `weights`, which are not negative, over their indices times `unit`.
    pub(super) fn new(weights: &[f32], unit: f64) -> Self {
        let (total, ramp) = sum_and_ramp(weights);
        let total = if total == 0.0 { 1.0 } else { total };
        let [second, third, fourth] = central_sums(weights, ramp / total).map(|sum| sum / total);
        if second < Self::MIN_VARIANCE {
            return Self { spread: 0.0, skewness: 0.0, kurtosis: -3.0 };
        }
        Self {
            spread: second * unit * unit,
            skewness: third / (second * second.sqrt()),
            kurtosis: fourth / (second * second) - 3.0,
        }
    }
}

/// Returns the largest value over the mean; 0 if no value is positive (Essentia's Crest).
pub(super) fn crest(values: &[f32]) -> f64 {
    let max = values.iter().copied().fold(0.0, f32::max);
    let mean = sum(values) / values.len().max(1) as f64;
    if max > 0.0 && mean > 0.0 { f64::from(max) / mean } else { 0.0 }
}

/// Returns the flatness in dB over -60 dB, at most 1 (Essentia's FlatnessDB): 0 for equal values, 1 for a peak.
pub(super) fn flatness_db(values: &[f32]) -> f64 {
    /// Number of single-precision factors whose product is a normal number in double precision.
    const FACTORS: usize = 6;
    let mean = sum(values) / values.len().max(1) as f64;
    if mean.is_nan() || mean <= 0.0 || values.iter().any(|&value| value <= 0.0) {
        return 1.0;
    }
    let product = |factors: &[f32]| factors.iter().map(|&value| f64::from(value)).product::<f64>().ln();
    let log = values.chunks(FACTORS).map(product).sum::<f64>() / values.len() as f64;
    let flatness = (log - mean.ln()).exp();
    (decibels(flatness) / -60.0).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_small_distributions_follow_their_definition() {
        let pair = Moments::new(&[1.0, 0.0, 1.0], 2.0);
        assert_eq!(pair, Moments { spread: 4.0, skewness: 0.0, kurtosis: -2.0 });
        let skewed = Moments::new(&[3.0, 0.0, 0.0, 0.0, 1.0], 1.0);
        assert!((skewed.spread - 3.0).abs() < 1e-12 && (skewed.skewness - 6.0 / 27_f64.sqrt()).abs() < 1e-12);
        let none = Moments { spread: 0.0, skewness: 0.0, kurtosis: -3.0 };
        assert_eq!(Moments::new(&[0.0; 4], 1.0), none);
        assert_eq!(Moments::new(&[0.0, 0.0, 0.3, 0.0], 1.0), none);
    }

    #[test]
    fn crest_and_flatness_of_flat_and_single_peaks() {
        assert_eq!(crest(&[1.0, 1.0, 4.0, 2.0]), 2.0);
        assert_eq!((crest(&[0.0; 3]), crest(&[])), (0.0, 0.0));
        assert!(flatness_db(&[0.5; 40]).abs() < 1e-12);
        let expected = -10.0 * (2.0_f64.sqrt() / 1.5).log10() / 60.0;
        assert!((flatness_db(&[1.0, 2.0]) - expected).abs() < 1e-12);
        assert_eq!(flatness_db(&[1.0, 0.0]), 1.0);
        assert!(flatness_db(&[1e-38; 40]).abs() < 1e-6);
    }
}
