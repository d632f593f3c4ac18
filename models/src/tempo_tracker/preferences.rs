//! Decisions of the performer about the tempo.

use serde::{Deserialize, Serialize};

/// Greatest number of octaves by which a tempo is moved.
const MAX_OCTAVES: i8 = 3;
/// Range of a tempo that is given by hand, in BPM.
const MANUAL_RANGE_BPM: (f64, f64) = (20.0, 400.0);

/// Decisions of the performer about the tempo, which override the analysis.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TempoPreferences {
    /// Number of octaves by which the analyzed tempo is moved: 1 doubles it, -1 halves it (default 0).
    pub octaves: i8,
    /// Range in BPM into which the tempo is moved by octaves, at least one octave wide; none for any tempo.
    pub range_bpm: Option<(f32, f32)>,
    /// Tempo in BPM that holds whatever the analysis finds; none to follow the music.
    pub locked_bpm: Option<f64>,
    /// Confidence below which no tempo leaves the program, 0 to 1 (default 0). A locked tempo always does.
    pub min_confidence: f32,
}

impl TempoPreferences {
    /// Returns the tempo that goes out for an analyzed one.
    #[must_use]
    pub fn apply(&self, bpm: f64) -> f64 {
        if let Some(locked) = self.locked_bpm {
            return locked;
        }
        let mut bpm = bpm * f64::from(self.octaves).exp2();
        if let Some((low, high)) = self.range_bpm.map(|(low, high)| (f64::from(low), f64::from(high))) {
            // The range may be narrower than an octave by the rounding of its ends.
            for _ in 0..8 {
                match () {
                    () if bpm < low && bpm * 2.0 <= high * 1.001 => bpm *= 2.0,
                    () if bpm > high && bpm / 2.0 >= low / 1.001 => bpm /= 2.0,
                    () => break,
                }
            }
        }
        bpm
    }

    /// Moves the tempo by `octaves`: a locked tempo itself, otherwise the analyzed one.
    pub fn shift(&mut self, octaves: i8) {
        match &mut self.locked_bpm {
            Some(locked) => {
                *locked = (*locked * f64::from(octaves).exp2()).clamp(MANUAL_RANGE_BPM.0, MANUAL_RANGE_BPM.1);
            }
            None => self.octaves = self.octaves.saturating_add(octaves).clamp(-MAX_OCTAVES, MAX_OCTAVES),
        }
    }

    /// Sets the number of octaves by which the analyzed tempo is moved, clamped to -3 to 3.
    pub fn set_octaves(&mut self, octaves: i8) {
        self.octaves = octaves.clamp(-MAX_OCTAVES, MAX_OCTAVES);
    }

    /// Sets the range in BPM, or removes it. The ends are moved to 20 to 400 BPM, and the high one up or the low one down
    /// until they are an octave apart. NaN changes nothing.
    pub fn set_range(&mut self, range_bpm: Option<(f32, f32)>) {
        let (min, max) = (MANUAL_RANGE_BPM.0 as f32, MANUAL_RANGE_BPM.1 as f32);
        match range_bpm {
            None => self.range_bpm = None,
            Some((low, high)) if low.is_nan() || high.is_nan() => {}
            Some((low, high)) => {
                let low = low.clamp(min, max / 2.0);
                self.range_bpm = Some((low, high.clamp(2.0 * low, max)));
            }
        }
    }

    /// Sets the confidence below which no tempo leaves the program, clamped to 0 to 1. NaN changes nothing.
    pub fn set_min_confidence(&mut self, confidence: f32) {
        if !confidence.is_nan() {
            self.min_confidence = confidence.clamp(0.0, 1.0);
        }
    }

    /// Locks a tempo in BPM, clamped to 20 to 400, whatever the analysis finds. NaN changes nothing.
    pub fn lock_at(&mut self, bpm: f64) {
        if !bpm.is_nan() {
            self.locked_bpm = Some(bpm.clamp(MANUAL_RANGE_BPM.0, MANUAL_RANGE_BPM.1));
        }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// A message with the expected and the actual number.
    pub fn check(&self) -> Result<(), String> {
        let (low, high) = MANUAL_RANGE_BPM;
        if !(-MAX_OCTAVES..=MAX_OCTAVES).contains(&self.octaves) {
            return Err(format!(
                "octaves out of range (expected -{MAX_OCTAVES} to {MAX_OCTAVES}, got {})",
                self.octaves
            ));
        }
        if let Some((from, to)) = self.range_bpm
            && !(f64::from(from) >= low && f64::from(to) <= high && to >= 2.0 * from)
        {
            return Err(format!(
                "invalid tempo range (expected {low} to {high} BPM and at least an octave, got {from} to {to})"
            ));
        }
        if let Some(bpm) = self.locked_bpm.filter(|bpm| !(low..=high).contains(bpm)) {
            return Err(format!("locked tempo out of range (expected {low} to {high} BPM, got {bpm})"));
        }
        if !(0.0..=1.0).contains(&self.min_confidence) {
            return Err(format!("minimum confidence out of range (expected 0 to 1, got {})", self.min_confidence));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tempo_is_moved_by_octaves_into_the_range() {
        let range = |low, high| TempoPreferences { range_bpm: Some((low, high)), ..TempoPreferences::default() };
        for (preferences, bpm, expected) in [
            (TempoPreferences::default(), 85.0, 85.0),
            (TempoPreferences { octaves: 1, ..TempoPreferences::default() }, 85.0, 170.0),
            (TempoPreferences { octaves: -1, ..TempoPreferences::default() }, 85.0, 42.5),
            (range(90.0, 180.0), 85.0, 170.0),
            (range(90.0, 180.0), 200.0, 100.0),
            (range(60.0, 120.0), 121.0, 60.5),
            (range(60.0, 120.0), 31.0, 62.0),
            (TempoPreferences { locked_bpm: Some(128.0), ..range(60.0, 120.0) }, 85.0, 128.0),
        ] {
            assert_eq!(preferences.apply(bpm), expected, "{preferences:?} of {bpm}");
        }
    }

    #[test]
    fn shift_moves_a_locked_tempo_and_otherwise_the_octave() {
        let mut preferences = TempoPreferences::default();
        preferences.shift(1);
        assert_eq!((preferences.octaves, preferences.apply(60.0)), (1, 120.0));
        preferences.locked_bpm = Some(100.0);
        preferences.shift(-1);
        assert_eq!((preferences.octaves, preferences.locked_bpm), (1, Some(50.0)));
        (0..9).for_each(|_| preferences.shift(1));
        assert_eq!(preferences.check(), Ok(()), "{preferences:?}");
    }

    #[test]
    fn set_numbers_are_moved_into_their_ranges() {
        let mut preferences = TempoPreferences::default();
        for (given, expected) in [
            ((90.0, 180.0), (90.0, 180.0)),
            ((100.0, 150.0), (100.0, 200.0)),
            ((5.0, 1000.0), (20.0, 400.0)),
            ((300.0, 310.0), (200.0, 400.0)),
            ((f32::NAN, 100.0), (200.0, 400.0)),
        ] {
            preferences.set_range(Some(given));
            assert_eq!(preferences.range_bpm, Some(expected), "{given:?}");
            assert_eq!(preferences.check(), Ok(()));
        }
        preferences.set_range(None);
        for confidence in [0.4, f32::NAN] {
            preferences.set_min_confidence(confidence);
            assert_eq!((preferences.range_bpm, preferences.min_confidence), (None, 0.4));
        }
        preferences.set_min_confidence(7.0);
        preferences.lock_at(1.0);
        preferences.set_octaves(9);
        assert_eq!((preferences.min_confidence, preferences.locked_bpm, preferences.octaves), (1.0, Some(20.0), 3));
        assert_eq!(preferences.check(), Ok(()));
    }

    #[test]
    fn numbers_out_of_range_are_rejected_with_the_expected_ones() {
        let usual = TempoPreferences::default();
        for (wrong, expected) in [
            (TempoPreferences { octaves: 4, ..usual }, "-3 to 3, got 4"),
            (TempoPreferences { range_bpm: Some((100.0, 150.0)), ..usual }, "got 100 to 150"),
            (TempoPreferences { range_bpm: Some((f32::NAN, 150.0)), ..usual }, "got NaN to 150"),
            (TempoPreferences { locked_bpm: Some(f64::NAN), ..usual }, "got NaN"),
            (TempoPreferences { min_confidence: 1.5, ..usual }, "0 to 1, got 1.5"),
        ] {
            let error = wrong.check().unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        assert_eq!(usual.check(), Ok(()));
    }
}
