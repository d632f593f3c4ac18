//! Controllers of levels, and notes of onsets.

use earmark_dsp::OnsetBand;

use crate::levels::{LevelEntry, LevelReading};

/// Controllers of the levels: RMS, peak, low, mid, high, spectral centroid, momentary loudness. MIDI 1.0 leaves controllers 20
/// to 31 undefined.
pub const LEVEL_CCS: [u8; 7] = [22, 23, 24, 25, 26, 27, 28];
/// Notes of kick, snare and hat: an octave below those of General MIDI, which the default mapping of tags uses.
pub const ONSET_NOTES: [u8; 3] = [24, 26, 30];

/// Length of the note of an onset in seconds. Shorter than the rest after an onset, so that each has a note of its own.
const NOTE_S: f64 = 0.04;
/// Range of levels and loudness in dB below full scale.
const RANGE_DB: f32 = 60.0;
/// Range of the spectral centroid in Hz.
const CENTROID_RANGE_HZ: (f32, f32) = (20.0, 20_000.0);

/// Values of the controllers of levels, and sounding notes of onsets.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LevelControls {
    /// Values of [`LEVEL_CCS`], 0 to 127; none before the first levels, and for a loudness that is not known.
    pub values: [Option<u8>; LEVEL_CCS.len()],
    /// Source time in seconds until which each of [`ONSET_NOTES`] sounds; none for a note that is off.
    until_s: [Option<f64>; ONSET_NOTES.len()],
}

impl LevelControls {
    /// Returns whether each of [`ONSET_NOTES`] sounds. Real-time safe.
    #[must_use]
    pub fn notes(&self) -> [bool; ONSET_NOTES.len()] {
        self.until_s.map(|until_s| until_s.is_some())
    }

    /// Sets the values from levels, and ends the notes that are over; or begins the note of an onset.
    pub fn add(&mut self, entry: &LevelEntry) {
        match entry {
            LevelEntry::Levels(levels) => {
                self.values = values(levels);
                for until_s in &mut self.until_s {
                    *until_s = until_s.filter(|&until_s| levels.end_s < until_s);
                }
            }
            LevelEntry::Onset(onset) => {
                let place = OnsetBand::ALL.iter().position(|&band| band == onset.band);
                if let Some(until_s) = place.and_then(|place| self.until_s.get_mut(place)) {
                    *until_s = Some(onset.time_s + NOTE_S);
                }
            }
        }
    }
}

fn values(levels: &LevelReading) -> [Option<u8>; LEVEL_CCS.len()] {
    let LevelReading { rms, peak, low, mid, high, centroid_hz, momentary_lufs, .. } = *levels;
    let of_db = |db: f32| ((db / RANGE_DB + 1.0) * 127.0).round().clamp(0.0, 127.0) as u8;
    let level = |level: f32| Some(of_db(20.0 * level.log10()));
    let (low_hz, high_hz) = CENTROID_RANGE_HZ;
    let share = (centroid_hz.max(low_hz) / low_hz).ln() / (high_hz / low_hz).ln();
    let centroid = Some((share * 127.0).round().clamp(0.0, 127.0) as u8);
    [level(rms), level(peak), level(low), level(mid), level(high), centroid, momentary_lufs.map(of_db)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::OnsetReading;

    #[test]
    fn levels_are_controllers_over_sixty_decibels() {
        let mut controls = LevelControls::default();
        assert_eq!(controls.values, [None; 7]);
        let levels = LevelReading {
            rms: 1.0,
            peak: 2.0,
            low: 0.031_623,
            mid: 0.001,
            high: 0.0,
            centroid_hz: 632.5,
            momentary_lufs: Some(-15.0),
            ..LevelReading::default()
        };
        controls.add(&LevelEntry::Levels(levels));
        assert_eq!(controls.values.map(Option::unwrap), [127, 127, 64, 0, 0, 64, 95]);
        controls.add(&LevelEntry::Levels(LevelReading::default()));
        assert_eq!(controls.values, [Some(0), Some(0), Some(0), Some(0), Some(0), Some(0), None]);
    }

    #[test]
    fn note_of_an_onset_ends_after_its_time() {
        let mut controls = LevelControls::default();
        let onset = |band, time_s| LevelEntry::Onset(OnsetReading { band, time_s, generation: 0, strength: 1.0 });
        let levels = |end_s| LevelEntry::Levels(LevelReading { end_s, ..LevelReading::default() });
        controls.add(&onset(OnsetBand::Snare, 1.0));
        controls.add(&levels(1.02));
        assert_eq!(controls.notes(), [false, true, false]);
        controls.add(&onset(OnsetBand::Hat, 1.03));
        controls.add(&levels(1.04));
        assert_eq!(controls.notes(), [false, false, true]);
        controls.add(&levels(1.08));
        assert_eq!(controls.notes(), [false; 3]);
    }
}
