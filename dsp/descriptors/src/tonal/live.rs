//! Summary of a window for a live display.

use std::ops::Range;

use super::Tonal;
use super::chords::Chord;
use super::key::{Key, KeyProfile};
use super::tuning::tuning_hz;

/// Number of semitones from A up to C.
const A_TO_C: usize = 3;

/// Key, chord, chroma and tuning of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TonalSummary {
    /// Key of the window.
    pub key: Key,
    /// Chord of the second before the end of the window; `None` if chords are not computed.
    pub chord: Option<Chord>,
    /// Energy of the pitch classes C, C#, ... B, scaled so that the largest is 1; all 0 for silence.
    pub chroma: [f32; 12],
    /// Tuning frequency of the window in Hz.
    pub tuning_hz: f64,
}

impl Tonal {
    /// Returns a summary of a window of the stream (in samples; `None` for all of it) under a gain (linear).
    ///
    /// Returns `None` without frames, if keys are not computed or if `profile` is not in [`KeyProfile::LAYOUT`].
    /// Costs far less than [`Tonal::describe`].
    pub fn summary(&mut self, window: Option<Range<u64>>, gain: f64, profile: KeyProfile) -> Option<TonalSummary> {
        self.prepare(window, gain);
        let last = self.frames.len().checked_sub(1)?;
        let stages = self.cache.stages();
        if !stages.key {
            return None;
        }
        let mean = self.mean_key_profile();
        let key = self.key_of(&mean, profile)?;
        let chord = stages.chord.then(|| self.cache.chord_at(&self.frames, last));
        Some(TonalSummary { key, chord, chroma: chroma(&mean), tuning_hz: tuning_hz(self.tuning_cents()) })
    }

    /// Returns the key of a window; see [`Tonal::summary`].
    pub fn key(&mut self, window: Option<Range<u64>>, gain: f64, profile: KeyProfile) -> Option<Key> {
        self.summary(window, gain, profile).map(|summary| summary.key)
    }
}

/// Returns the profile summed up around each semitone, from C upwards, scaled so that the largest value is 1.
fn chroma(profile: &[f64]) -> [f32; 12] {
    let bins = profile.len();
    let per_semitone = (bins / 12).max(1);
    let mut sums = [0.0; 12];
    for (bin, value) in profile.iter().enumerate() {
        // Bins from half a semitone below to half a semitone above belong to a semitone.
        let semitone = (bin + per_semitone / 2) / per_semitone % 12;
        sums[(semitone + 12 - A_TO_C) % 12] += value;
    }
    let max = sums.iter().copied().fold(0.0, f64::max);
    sums.map(|sum| if max > 0.0 { (sum / max) as f32 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chroma_starts_with_c_and_takes_the_bins_beside_a_semitone() {
        let mut profile = [0.0; 36];
        // C sharp of 34 cents down and up, A of 34 cents down.
        (profile[11], profile[13], profile[35]) = (1.0, 1.0, 1.0);
        let chroma = chroma(&profile);
        assert_eq!((chroma[1], chroma[9]), (1.0, 0.5));
        assert_eq!(chroma.iter().sum::<f32>(), 1.5);
        assert_eq!(super::chroma(&[0.0; 36]), [0.0; 12]);
    }
}
