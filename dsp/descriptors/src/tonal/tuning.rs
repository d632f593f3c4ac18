//! Tuning frequency: a histogram of how far spectral peaks lie from the tempered scale.

use crate::math::round_half_up;
use crate::peaks::Peak;

/// Frequency in Hz that deviations are measured from.
pub const STANDARD_HZ: f64 = 440.0;
/// Number of bins of the histogram: one a cent, from -50 to 49.
pub const TUNING_BINS: usize = 100;
/// Deviation in cents below which the tuning counts as 100 cents more.
const MIN_CENTS: i32 = -35;

/// Contribution of a frame to the tuning histogram.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TuningVote {
    /// Bin of the frame's strongest deviation, 0 to 99 for -50 to 49 cents.
    pub bin: u8,
    /// Sum of the squared magnitudes of the frame's peaks; 0 without peaks.
    pub energy: f32,
}

impl TuningVote {
    /// Returns the vote of a frame's peaks, which are weighted with their magnitude.
    #[must_use]
    pub fn of(peaks: &[Peak]) -> Self {
        let mut histogram = [0.0; TUNING_BINS];
        let mut energy = 0.0;
        for peak in peaks.iter().filter(|peak| peak.hz > 0.0) {
            let magnitude = f64::from(peak.magnitude);
            let semitones = 12.0 * (f64::from(peak.hz) / STANDARD_HZ).log2();
            let cents = 100.0 * (semitones - round_half_up(semitones));
            // 50 cents up are 50 cents down.
            let bin = round_half_up(50.0 + cents) as usize % TUNING_BINS;
            histogram[bin] += magnitude;
            energy += magnitude * magnitude;
        }
        Self { bin: first_max(&histogram) as u8, energy: energy as f32 }
    }
}

/// Energy by deviation from the tempered scale (Essentia's TuningFrequency).
#[derive(Debug, Clone, PartialEq)]
pub struct TuningHistogram([f64; TUNING_BINS]);

impl Default for TuningHistogram {
    fn default() -> Self {
        Self([0.0; TUNING_BINS])
    }
}

impl TuningHistogram {
    /// Adds a frame.
    pub fn add(&mut self, vote: TuningVote) {
        if let Some(bin) = self.0.get_mut(usize::from(vote.bin)) {
            *bin += f64::from(vote.energy);
        }
    }

    /// Returns the tuning as the deviation from [`STANDARD_HZ`] in cents, -35 to 64; 0 without peaks.
    #[must_use]
    pub fn cents(&self) -> i32 {
        let bin = first_max(&self.0);
        if self.0[bin] <= 0.0 {
            return 0;
        }
        let cents = bin as i32 - 50;
        if cents < MIN_CENTS { cents + 100 } else { cents }
    }
}

/// Returns the tuning frequency in Hz of a deviation in cents.
#[must_use]
pub fn tuning_hz(cents: i32) -> f64 {
    STANDARD_HZ * (f64::from(cents) / 1200.0).exp2()
}

/// Returns the index of the first of the largest values.
pub(super) fn first_max(values: &[f64]) -> usize {
    values.iter().enumerate().fold(0, |best, (i, value)| if *value > values[best] { i } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents_of(hz: &[f64]) -> i32 {
        let peaks: Vec<Peak> = hz.iter().map(|&hz| Peak { hz: hz as f32, magnitude: 1.0, height: 1.0 }).collect();
        let mut histogram = TuningHistogram::default();
        histogram.add(TuningVote::of(&peaks));
        histogram.add(TuningVote::of(&[]));
        histogram.cents()
    }

    /// Values measured on the reference.
    #[test]
    fn tuning_of_a_tone_is_between_35_cents_down_and_64_up() {
        for (cents, expected) in [(-51, 49), (-50, 50), (-49, 51), (-36, 64), (-35, -35), (0, 0), (49, 49), (50, 50)] {
            assert_eq!(cents_of(&[tuning_hz(cents) * 1.0001]), expected, "{cents} cents");
        }
        assert_eq!(cents_of(&[445.0, 890.0]), 20);
    }

    #[test]
    fn standard_tuning_without_peaks() {
        assert_eq!(cents_of(&[]), 0);
        assert_eq!(tuning_hz(0), 440.0);
        assert!((tuning_hz(1200) - 880.0).abs() < 1e-9);
    }
}
