//! Decoding of CREPE's classes to a pitch: bins of 20 cents from 32.7 Hz upwards.

use serde::{Deserialize, Serialize};

/// Number of bins of a pitch network.
pub const BINS: usize = 360;

/// Centre of the first bin in cents above 10 Hz (crepe 0.0.12, `core.py`).
const FIRST_CENTS: f64 = 1_997.379_408_437_619;
/// Distance from one bin to the next, in cents.
const STEP_CENTS: f64 = 20.0;
/// Number of bins on each side of the most probable one in the weighted mean.
const WEIGHT_RADIUS: usize = 4;

/// Pitch of one patch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pitch {
    /// Frequency in Hz; 0 if all probabilities are 0.
    pub hz: f32,
    /// Probability of the most probable bin, 0 to 1.
    pub confidence: f32,
}

impl Pitch {
    /// Returns the nearest MIDI note (440 Hz is 69; see [`note_name`](crate::note_name)) and the distance from it in
    /// cents, -50 to 50; none without a pitch or beyond the notes 0 to 127.
    #[must_use]
    pub fn note(self) -> Option<(u8, f32)> {
        if self.hz <= 0.0 {
            return None;
        }
        let semitones = 69.0 + 12.0 * (self.hz / 440.0).log2();
        let key = semitones.round();
        (0.0..=127.0).contains(&key).then_some((key as u8, (semitones - key) * 100.0))
    }
}

/// Returns the pitch of the bins' probabilities: the weighted mean of the bins around the most probable one.
#[must_use]
pub fn decode(bins: &[f32]) -> Pitch {
    let (centre, confidence) = bins
        .iter()
        .enumerate()
        .fold((0, 0.0), |best, (bin, &probability)| if probability > best.1 { (bin, probability) } else { best });
    let around = centre.saturating_sub(WEIGHT_RADIUS)..(centre + WEIGHT_RADIUS + 1).min(bins.len());
    let (mut weights, mut cents) = (0.0, 0.0);
    for bin in around {
        let weight = f64::from(bins[bin]);
        weights += weight;
        cents += weight * (FIRST_CENTS + STEP_CENTS * bin as f64);
    }
    let hz = if weights > 0.0 { 10.0 * (cents / weights / 1_200.0).exp2() } else { 0.0 };
    Pitch { hz: hz as f32, confidence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitch_is_the_weighted_mean_of_the_bins_around_the_peak() {
        let mut bins = vec![0.0; BINS];
        bins[0] = 0.5;
        let lowest = decode(&bins);
        assert!((lowest.hz - 31.7).abs() < 0.1 && lowest.confidence == 0.5, "{lowest:?}");
        // 440 Hz is 6551.3 cents above 10 Hz: bin 227.7.
        (bins[0], bins[227], bins[228]) = (0.0, 0.3, 0.7);
        let pitch = decode(&bins);
        assert!((pitch.hz - 440.0).abs() < 0.1, "{pitch:?}, expected 440 Hz within 0.1");
        let (key, cents) = pitch.note().unwrap();
        assert!(key == 69 && cents.abs() < 1.0, "{key} {cents}");
    }

    #[test]
    fn silence_has_no_pitch() {
        let pitch = decode(&[0.0; BINS]);
        assert_eq!((pitch, pitch.note()), (Pitch { hz: 0.0, confidence: 0.0 }, None));
        assert_eq!(decode(&[]).hz, 0.0);
    }
}
