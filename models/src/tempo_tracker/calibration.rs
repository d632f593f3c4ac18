//! Calibration of the network's probabilities by the length of audio that they are made from.

/// Temperature of the probabilities for a length in seconds: that of the greatest likelihood on 35 pieces of known tempo, of
/// 0.7 to 2.3 in steps of 0.1. From 3 s on it is 0.9 to 1.1, which is 1 within the accuracy of so few pieces.
const TEMPERATURES: [(f64, f32); 3] = [(2.0, 1.4), (3.0, 1.0), (12.0, 1.0)];
/// Probability of a tempo that nothing confirms, by the mass that the network gives it. The three in the middle are the shares of right
/// tempos in two sets of 35 pieces each, with masses of 0.4 to 0.6, 0.6 to 0.8 and 0.8 to 1: the network doubts too much.
const UNCONFIRMED: [(f32, f32); 5] = [(0.0, 0.0), (0.5, 0.66), (0.7, 0.87), (0.9, 0.92), (1.0, 1.0)];
/// Factor of the doubt about a tempo that is confirmed: the onsets agree with it, or it is locked. Of 41 pieces in two sets whose
/// network and onsets agreed by 4 s, the tempo of 40 was right, 0.95 with one case added to each side, at a mean mass of about 0.75:
/// 0.05 of doubt instead of 0.25.
const CONFIRMED_DOUBT: f32 = 0.2;

/// Returns the temperature for `analyzed_s` seconds, between two lengths by a line.
pub(super) fn temperature(analyzed_s: f64) -> f32 {
    let (first, last) = (TEMPERATURES[0], TEMPERATURES[TEMPERATURES.len() - 1]);
    if analyzed_s <= first.0 {
        return first.1;
    }
    for pair in TEMPERATURES.windows(2) {
        let ((from_s, from), (to_s, to)) = (pair[0], pair[1]);
        if analyzed_s <= to_s {
            return from + ((analyzed_s - from_s) / (to_s - from_s)) as f32 * (to - from);
        }
    }
    last.1
}

/// Returns the probability of a tempo of which the network gives the mass, if it is confirmed or not.
pub(super) fn confidence(mass: f32, is_confirmed: bool) -> f32 {
    if is_confirmed {
        return 1.0 - CONFIRMED_DOUBT * (1.0 - mass);
    }
    let above = UNCONFIRMED.iter().position(|&(limit, _)| mass <= limit).unwrap_or(UNCONFIRMED.len() - 1).max(1);
    let ((from_mass, from), (to_mass, to)) = (UNCONFIRMED[above - 1], UNCONFIRMED[above]);
    from + (mass - from_mass).clamp(0.0, to_mass - from_mass) / (to_mass - from_mass) * (to - from)
}

/// Probabilities of the classes of a network after calibration.
#[derive(Debug, Clone, Default)]
pub(super) struct ClassMass {
    first_bpm: f64,
    values: Vec<f32>,
}

impl ClassMass {
    /// Sets the probabilities of a network, with the temperature for `analyzed_s` seconds. Allocates only the first time.
    pub(super) fn set(&mut self, probabilities: &[f32], first_bpm: u16, analyzed_s: f64) {
        let exponent = 1.0 / temperature(analyzed_s);
        self.first_bpm = f64::from(first_bpm);
        self.values.clear();
        self.values.extend(probabilities.iter().map(|value| value.max(0.0).powf(exponent)));
        let sum: f32 = self.values.iter().sum();
        if sum > 0.0 {
            self.values.iter_mut().for_each(|value| *value /= sum);
        }
    }

    /// Returns the probability within 4 % of a tempo in BPM.
    pub(super) fn near(&self, bpm: f64) -> f32 {
        let tempo = |class: usize| self.first_bpm + class as f64;
        let near = self.values.iter().enumerate().filter(|&(class, _)| super::lock::agree(tempo(class), bpm));
        near.map(|(_, value)| value).sum::<f32>().min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_grows_with_the_mass_and_with_a_confirmation() {
        let mut last = -1.0;
        for hundredth in 0..=100 {
            let mass = hundredth as f32 / 100.0;
            let (unconfirmed, confirmed) = (confidence(mass, false), confidence(mass, true));
            assert!(unconfirmed > last && (0.0..=1.0).contains(&unconfirmed), "{mass}: {unconfirmed}");
            assert!(confirmed >= unconfirmed, "{mass}: {confirmed} confirmed, {unconfirmed} not");
            last = unconfirmed;
        }
        assert!((confidence(0.6, false) - 0.765).abs() < 1e-6 && (confidence(0.75, true) - 0.95).abs() < 1e-6);
    }

    #[test]
    fn mass_is_the_share_within_four_percent_at_the_temperature_of_the_length() {
        let mut probabilities = vec![0.0; 256];
        // 97, 100 and 103 BPM are within 4 % of 100, 105 is not.
        (probabilities[67], probabilities[70], probabilities[73], probabilities[75]) = (0.1, 0.4, 0.2, 0.3);
        let mut mass = ClassMass::default();
        mass.set(&probabilities, 30, 12.0);
        assert!((mass.near(100.0) - 0.7).abs() < 1e-6, "{}", mass.near(100.0));
        let whole: f32 = probabilities.iter().map(|value| value.powf(1.0 / 1.4)).sum();
        mass.set(&probabilities, 30, 2.0);
        let expected = 1.0 - 0.3_f32.powf(1.0 / 1.4) / whole;
        assert!((mass.near(100.0) - expected).abs() < 1e-6, "{}, expected {expected}", mass.near(100.0));
        for (analyzed_s, expected) in [(1.0, 1.4), (2.0, 1.4), (2.5, 1.2), (3.0, 1.0), (60.0, 1.0)] {
            assert!((temperature(analyzed_s) - expected).abs() < 1e-6, "{analyzed_s} s: {}", temperature(analyzed_s));
        }
    }
}
