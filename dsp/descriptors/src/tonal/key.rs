//! Key: correlation of a pitch class profile with the profiles of the major and minor keys.

use std::f64::consts::FRAC_PI_2;
use std::fmt;

use super::tuning::first_max;

/// Names of the pitch classes from A upwards, as the reference writes them.
const NAMES: [&str; 12] = ["A", "Bb", "B", "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab"];

/// Pitch class: number of semitones above A, 0 to 11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct PitchClass(u8);

impl PitchClass {
    /// Returns the pitch class a number of semitones above A, modulo 12.
    #[must_use]
    pub fn above_a(semitones: usize) -> Self {
        Self((semitones % 12) as u8)
    }

    /// Returns the number of semitones above A, 0 to 11.
    #[must_use]
    pub fn semitones(self) -> usize {
        usize::from(self.0)
    }

    /// Returns the name, such as `C#` or `Bb`.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[self.semitones()]
    }
}

/// Scale of a key, or third of a chord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Major.
    Major,
    /// Minor.
    Minor,
}

impl Scale {
    /// Returns `major` or `minor`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
        }
    }
}

/// Key with the strength of its estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Tonic.
    pub tonic: PitchClass,
    /// Scale.
    pub scale: Scale,
    /// Correlation with the profile of the key, -1 to 1; 0 for silence.
    pub strength: f64,
}

impl fmt::Display for Key {
    /// Writes tonic and scale, such as `C# minor`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tonic.name(), self.scale.name())
    }
}

/// Profile of the major and the minor key that a pitch class profile is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyProfile {
    /// Temperley (1999).
    Temperley,
    /// Krumhansl and Kessler (1982).
    Krumhansl,
    /// Faraldo et al. (2016), from electronic dance music. The steadiest of the three in short windows.
    Edma,
    /// Notes of the diatonic scale.
    Diatonic,
    /// Notes of the tonic triad.
    TonicTriad,
}

impl KeyProfile {
    /// Profiles whose keys the layout holds.
    pub const LAYOUT: [Self; 3] = [Self::Temperley, Self::Krumhansl, Self::Edma];

    /// Returns the name in the layout.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperley => "temperley",
            Self::Krumhansl => "krumhansl",
            Self::Edma => "edma",
            Self::Diatonic => "diatonic",
            Self::TonicTriad => "tonictriad",
        }
    }

    /// Returns the weights of the semitones above the tonic in major and minor.
    fn weights(self) -> [[f64; 12]; 2] {
        match self {
            Self::Temperley => [
                [5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0],
                [5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0],
            ],
            Self::Krumhansl => [
                [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
                [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
            ],
            Self::Edma => [
                [1.0, 0.29, 0.5, 0.4, 0.6, 0.56, 0.32, 0.8, 0.31, 0.45, 0.42, 0.39],
                [1.0, 0.31, 0.44, 0.58, 0.33, 0.49, 0.29, 0.78, 0.43, 0.29, 0.53, 0.32],
            ],
            Self::Diatonic => [
                [1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
                [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0],
            ],
            Self::TonicTriad => [
                [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
                [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            ],
        }
    }
}

/// Key estimator for pitch class profiles of one size (Essentia's Key).
#[derive(Debug, Clone)]
pub(super) struct KeyEstimator {
    /// Profile of either scale, interpolated to the size, mean subtracted, twice in a row.
    profiles: [Vec<f64>; 2],
    /// Sum of squares of either profile.
    energies: [f64; 2],
}

impl KeyEstimator {
    /// Creates an estimator for profiles of `bins` bins, a multiple of 12. A polyphonic one compares with the notes of
    /// the three main triads and their harmonics, a plain one with the weights themselves.
    pub(super) fn new(profile: KeyProfile, polyphonic: bool, bins: usize) -> Self {
        let [major, minor] = profile.weights();
        let weights = if polyphonic { [polyphonic_major(&major), polyphonic_minor(&minor)] } else { [major, minor] };
        let profiles = weights.map(|weights| centred(&interpolated(&weights, bins)));
        let energies = [0, 1].map(|scale: usize| profiles[scale].iter().map(|value| value * value).sum());
        Self { profiles: profiles.map(|profile| [profile.clone(), profile].concat()), energies }
    }

    /// Returns the key of a profile of the estimator's size; A minor with strength 0 for a flat one.
    pub(super) fn estimate(&self, profile: &[f64]) -> Key {
        let bins = self.profiles[0].len() / 2;
        let mean = profile.iter().sum::<f64>() / profile.len().max(1) as f64;
        let energy: f64 = profile.iter().map(|value| (value - mean) * (value - mean)).sum();
        let best = [0, 1].map(|scale: usize| {
            let norm = (energy * self.energies[scale]).sqrt();
            let mut best = (0, f64::NEG_INFINITY);
            for shift in 0..bins {
                let rotated = &self.profiles[scale][bins - shift..2 * bins - shift];
                // The mean of the rotated profile is 0: that of the other need not be subtracted.
                let product = dot(profile, rotated);
                let correlation = if norm > 0.0 { product / norm } else { 0.0 };
                if correlation > best.1 {
                    best = (shift, correlation);
                }
            }
            best
        });
        let [major, minor] = best;
        let (scale, (shift, strength)) = if major.1 > minor.1 { (Scale::Major, major) } else { (Scale::Minor, minor) };
        let strength = if strength.is_finite() { strength } else { 0.0 };
        Key { tonic: PitchClass::above_a(shift * 12 / bins), scale, strength }
    }
}

/// Returns the dot product, in four interleaved sums.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 4];
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Returns the mean profile of a piece as the estimator expects it: scaled to 1, without values below 0.2, rotated so
/// that the largest value lies on its nearest semitone.
pub(super) fn key_input(mean: &[f64]) -> Vec<f64> {
    const MIN_SHARE: f64 = 0.2;
    let peak = first_max(mean);
    let max = mean.get(peak).copied().unwrap_or_default();
    if max <= 0.0 {
        return mean.to_vec();
    }
    let mut profile: Vec<f64> = mean.iter().map(|value| value / max).collect();
    profile.iter_mut().filter(|value| **value < MIN_SHARE).for_each(|value| *value = 0.0);
    let per_semitone = (profile.len() / 12).max(1);
    let beside = peak % per_semitone;
    if beside > per_semitone / 2 {
        profile.rotate_right(per_semitone - beside);
    } else {
        profile.rotate_left(beside);
    }
    profile
}

fn centred(profile: &[f64]) -> Vec<f64> {
    let mean = profile.iter().sum::<f64>() / profile.len() as f64;
    profile.iter().map(|value| value - mean).collect()
}

/// Returns 12 weights interpolated linearly to `bins`, circularly.
fn interpolated(weights: &[f64; 12], bins: usize) -> Vec<f64> {
    let per_semitone = bins / 12;
    let at = |bin: usize| {
        let (semitone, part) = (bin / per_semitone, (bin % per_semitone) as f64 / per_semitone as f64);
        weights[semitone] + (weights[(semitone + 1) % 12] - weights[semitone]) * part
    };
    (0..12 * per_semitone).map(at).collect()
}

/// Returns the sum of the triads on tonic, subdominant and dominant, weighted with the weights of their roots.
fn polyphonic_major(weights: &[f64; 12]) -> [f64; 12] {
    let mut sums = [0.0; 12];
    for root in [0, 5, 7] {
        add_triad(&mut sums, root, weights[root], Scale::Major);
    }
    sums
}

/// As [`polyphonic_major`], with a minor triad on tonic and subdominant.
fn polyphonic_minor(weights: &[f64; 12]) -> [f64; 12] {
    let mut sums = [0.0; 12];
    for (root, scale) in [(0, Scale::Minor), (5, Scale::Minor), (7, Scale::Major)] {
        add_triad(&mut sums, root, weights[root], scale);
    }
    sums
}

fn add_triad(sums: &mut [f64; 12], root: usize, weight: f64, scale: Scale) {
    let third = if scale == Scale::Minor { 3 } else { 4 };
    for interval in [0, third, 7] {
        add_harmonics(sums, (root + interval) % 12, weight);
    }
}

/// Adds a note with four harmonics, each 0.6 times as strong as the one below; a harmonic between two semitones is
/// shared out between them.
fn add_harmonics(sums: &mut [f64; 12], semitone: usize, weight: f64) {
    const SLOPE: f64 = 0.6;
    let mut weight = weight;
    for number in 1..=4 {
        let position = semitone as f64 + 12.0 * f64::from(number).log2();
        let (below, above) = (position.floor(), position.ceil());
        let (lower, upper) = (below as usize % 12, above as usize % 12);
        // As in the reference, a harmonic between Ab and A counts for Ab only.
        if lower < upper {
            sums[lower] += (FRAC_PI_2 * (position - below)).cos().powi(2) * weight;
            sums[upper] += (FRAC_PI_2 * (above - position)).cos().powi(2) * weight;
        } else {
            sums[lower] += weight;
        }
        weight *= SLOPE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triad_is_its_own_chord_at_every_root() {
        let estimator = KeyEstimator::new(KeyProfile::TonicTriad, false, 36);
        for root in 0..12 {
            for (scale, third) in [(Scale::Major, 4), (Scale::Minor, 3)] {
                let mut profile = vec![0.0; 36];
                for semitone in [0, third, 7] {
                    profile[(root + semitone) % 12 * 3] = 1.0;
                }
                let key = estimator.estimate(&profile);
                assert_eq!((key.tonic.semitones(), key.scale), (root, scale), "{key}");
                assert!(key.strength > 0.6 && key.strength <= 1.0, "{key:?}");
            }
        }
    }

    #[test]
    fn flat_profile_is_a_minor_of_strength_0() {
        let estimator = KeyEstimator::new(KeyProfile::Temperley, true, 36);
        for profile in [[0.0; 36], [1.0; 36]] {
            let key = estimator.estimate(&profile);
            assert_eq!(key.to_string(), "A minor");
            assert_eq!(key.strength, 0.0);
        }
    }

    #[test]
    fn input_is_gated_and_rotated_to_the_nearest_semitone() {
        for (peak, expected) in [(9, 9), (10, 9), (11, 12), (35, 0)] {
            let mut mean = vec![0.1; 36];
            mean[peak] = 2.0;
            let input = key_input(&mean);
            assert_eq!(first_max(&input), expected, "peak {peak}");
            assert_eq!(input.iter().sum::<f64>(), 1.0);
        }
        assert_eq!(key_input(&[0.0; 36]), [0.0; 36]);
    }

    #[test]
    fn own_profile_has_correlation_1() {
        for profile in KeyProfile::LAYOUT {
            let estimator = KeyEstimator::new(profile, true, 36);
            let mut own = estimator.profiles[1][..36].to_vec();
            own.rotate_right(4 * 3);
            let key = estimator.estimate(&own);
            assert_eq!(key.to_string(), "C# minor");
            assert!((key.strength - 1.0).abs() < 1e-12, "{key:?}");
        }
    }
}
