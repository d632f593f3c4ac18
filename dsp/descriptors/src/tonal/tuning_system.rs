//! Features of the tuning system: how close a piece is to the equal-tempered diatonic scale.

use super::hpcp::HIGH_RESOLUTION_BINS;

/// Number of bins a semitone.
const PER_SEMITONE: usize = HIGH_RESOLUTION_BINS / 12;
/// Number of peaks of the profile that count.
const MAX_PEAKS: usize = 24;

/// Features of a mean high-resolution profile (Essentia's HighResolutionFeatures).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TuningSystem {
    /// Mean distance of the profile's peaks from the tempered scale in semitones, 0 to 0.5, weighted with their height.
    pub equal_tempered_deviation: f64,
    /// Share of the energy that does not lie on the bins of the tempered scale, 0 to 1.
    pub nontempered_energy_ratio: f64,
}

impl TuningSystem {
    /// Returns the features of a profile with ten bins a semitone; 0 for silence.
    #[must_use]
    pub fn new(profile: &[f64]) -> Self {
        let bins = profile.len();
        let is_peak = |bin: &usize| {
            let (before, after) = (profile[(bin + bins - 1) % bins], profile[(bin + 1) % bins]);
            before <= profile[*bin] && profile[*bin] >= after
        };
        let mut peaks: Vec<usize> = (0..bins).filter(is_peak).collect();
        peaks.sort_by(|a, b| profile[*b].total_cmp(&profile[*a]));
        peaks.truncate(MAX_PEAKS);
        let height: f64 = peaks.iter().map(|bin| profile[*bin]).sum();
        let deviation = |bin: usize| (bin % PER_SEMITONE).min(PER_SEMITONE - bin % PER_SEMITONE) as f64;
        let weighted: f64 = peaks.iter().map(|bin| deviation(*bin) / PER_SEMITONE as f64 * profile[*bin]).sum();
        let energy = |step: usize| -> f64 { profile.iter().step_by(step).map(|value| value * value).sum() };
        let total = energy(1);
        Self {
            equal_tempered_deviation: if height > 0.0 { weighted / height } else { 0.0 },
            nontempered_energy_ratio: if total > 0.0 { 1.0 - energy(PER_SEMITONE) / total } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values measured on the reference.
    #[test]
    fn flat_and_silent_profiles_match_the_reference() {
        let flat = TuningSystem::new(&[1.0; HIGH_RESOLUTION_BINS]);
        assert!((flat.equal_tempered_deviation - 0.233_333_333).abs() < 1e-6, "{flat:?}");
        assert!((flat.nontempered_energy_ratio - 0.9).abs() < 1e-12, "{flat:?}");
        let silent = TuningSystem::new(&[0.0; HIGH_RESOLUTION_BINS]);
        assert_eq!((silent.equal_tempered_deviation, silent.nontempered_energy_ratio), (0.0, 0.0));
    }

    #[test]
    fn tempered_scale_has_no_deviation() {
        let mut profile = [0.0; HIGH_RESOLUTION_BINS];
        (0..12).for_each(|semitone| profile[semitone * 10] = 1.0);
        let tempered = TuningSystem::new(&profile);
        assert_eq!((tempered.equal_tempered_deviation, tempered.nontempered_energy_ratio), (0.0, 0.0));
        profile.rotate_left(3);
        let off = TuningSystem::new(&profile);
        assert!((off.equal_tempered_deviation - 0.3).abs() < 1e-12 && off.nontempered_energy_ratio == 1.0, "{off:?}");
    }
}
