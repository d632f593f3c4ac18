//! Cepstral coefficients: cosine transform of the levels of bands (Essentia's MFCC and GFCC).

use std::f64::consts::PI;

use crate::math::decibels;

/// Number of coefficients.
pub(super) const COEFFICIENTS: usize = 13;

/// Orthonormal cosine transform of type II of band levels in dB, first 13 coefficients.
#[derive(Debug, Clone)]
pub(super) struct Cepstrum {
    /// Weights of the bands, coefficient by coefficient.
    weights: Vec<f64>,
    levels: Vec<f64>,
}

impl Cepstrum {
    /// Creates the transform of `bands` bands.
    pub(super) fn new(bands: usize) -> Self {
        let count = bands as f64;
        let weight = |coefficient: usize, band: usize| {
            let angle = PI / count * coefficient as f64 * (band as f64 + 0.5);
            if coefficient == 0 { 1.0 / count.sqrt() } else { (2.0 / count).sqrt() * angle.cos() }
        };
        let weights = (0..COEFFICIENTS).flat_map(|k| (0..bands).map(move |band| weight(k, band))).collect();
        Self { weights, levels: vec![0.0; bands] }
    }

    /// Returns the coefficients of band powers times `scale`. A level is 20 log10 of the power, at least -200.
    pub(super) fn of(&mut self, powers: &[f32], scale: f64) -> [f64; COEFFICIENTS] {
        for (level, &power) in self.levels.iter_mut().zip(powers) {
            *level = 2.0 * decibels(f64::from(power) * scale);
        }
        let mut rows = self.weights.chunks(self.levels.len().max(1));
        std::array::from_fn(|_| {
            rows.next().map_or(0.0, |row| row.iter().zip(&self.levels).map(|(weight, level)| weight * level).sum())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bands_have_only_the_first_coefficient() {
        let coefficients = Cepstrum::new(40).of(&[0.1; 40], 10.0);
        assert!(coefficients.iter().all(|coefficient| coefficient.abs() < 1e-5), "{coefficients:?}");
        let silent = Cepstrum::new(40).of(&[0.0; 40], 1.0);
        assert!((silent[0] + 200.0 * 40_f64.sqrt()).abs() < 1e-9);
        assert!(silent[1..].iter().all(|coefficient| coefficient.abs() < 1e-9));
    }

    #[test]
    fn cosine_of_levels_has_one_coefficient() {
        let power = |band: usize| 10_f64.powf((PI / 40.0 * 3.0 * (band as f64 + 0.5)).cos()) as f32;
        let coefficients = Cepstrum::new(40).of(&(0..40).map(power).collect::<Vec<_>>(), 1.0);
        for (k, coefficient) in coefficients.into_iter().enumerate() {
            let expected = if k == 3 { 20.0 * 20_f64.sqrt() } else { 0.0 };
            assert!((coefficient - expected).abs() < 1e-4, "{k}: {coefficient}");
        }
    }
}
