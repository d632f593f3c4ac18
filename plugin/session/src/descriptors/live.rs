//! Values of a live stream's descriptors.

use std::sync::Arc;

use earmark_descriptors::{Pool, Reliability, Value};

/// Music descriptors of the last 30 s of a stream and of the stream since its start, computed from the mono mix of the tap.
///
/// A value is none if it is not known, or if the stretch is too short for it ([`Reliability::Unsuitable`]). The age is the
/// source time of the tap minus `end_s`.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveDescriptors {
    /// Source time at the end of the window, in seconds.
    pub end_s: f64,
    /// Length of the window in seconds: 30, or less after a start.
    pub window_s: f64,
    /// Time in seconds since the start of the descriptors: the first audio for which they were requested, a discontinuity, a
    /// change of generation, or 20 minutes of music, after which they start again so that memory is bounded.
    pub since_start_s: f64,
    /// Generation, as that of predictions.
    pub generation: u64,
    /// Whether the window is silent: only the loudness is known then.
    pub silent: bool,
    /// Key of the window by the profile of Faraldo et al. (`edma`).
    pub key: Option<KeyEstimate>,
    /// Chord of the second before the end of the window.
    pub chord: Option<ChordEstimate>,
    /// Energy of the pitch classes C, C#, ... B in the window, scaled so that the largest is 1; all 0 in silence.
    pub chroma: [f32; 12],
    /// Loudness.
    pub loudness: LiveLoudness,
    /// Tempo of the window in BPM.
    pub bpm: Option<DescriptorValue>,
    /// Danceability of the window, 0 to about 3.
    pub danceability: Option<DescriptorValue>,
    /// Mean dissonance of the window, 0 to 1.
    pub dissonance: Option<DescriptorValue>,
    /// Onsets per second in the window.
    pub onset_rate: Option<DescriptorValue>,
    /// Dynamic complexity of the window in dB.
    pub dynamic_complexity: Option<DescriptorValue>,
    /// Frequency of the note A4 in the window, in Hz.
    pub tuning_hz: Option<DescriptorValue>,
    /// Mean spectral centroid of each of the last seconds in Hz, at most 120, oldest first; 0 for silence,
    /// and for a second that was not described because the worker lagged.
    pub centroid_hz: Arc<[f32]>,
    /// All descriptors of the window.
    pub window: Arc<Pool>,
    /// All descriptors since the start, computed every 10 s, and after 100 s of music at every tenth of its length; none
    /// before the first time. The length of what they describe is
    /// `metadata.audio_properties.analysis.length`.
    pub since_start: Option<Arc<Pool>>,
}

/// Value of a descriptor with its reliability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DescriptorValue {
    /// Value in the unit of the descriptor.
    pub value: f64,
    /// Reliability: never [`Reliability::Unsuitable`].
    pub reliability: Reliability,
}

/// Key with its strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeyEstimate {
    /// Pitch class of the tonic, 0 (C) to 11 (B).
    pub tonic: u8,
    /// Whether the key is minor.
    pub minor: bool,
    /// Correlation with the profile of the key, -1 to 1.
    pub strength: f32,
    /// Whether the window is long enough for a key.
    pub reliable: bool,
}

/// Major or minor chord with its strength.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChordEstimate {
    /// Pitch class of the root, 0 (C) to 11 (B).
    pub root: u8,
    /// Whether the chord is minor.
    pub minor: bool,
    /// Correlation with the notes of the chord, -1 to 1.
    pub strength: f32,
}

/// Loudness by EBU R128 of the mono mix of the tap. A mono mix is one channel: its loudness is below that of the stereo
/// track, by 3 LU if both channels are equal.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LiveLoudness {
    /// Loudness of the last 0.4 s in LUFS.
    pub momentary: Option<DescriptorValue>,
    /// Loudness of the last 3 s in LUFS.
    pub short_term: Option<DescriptorValue>,
    /// Loudness since the start in LUFS, without quiet passages.
    pub integrated: Option<DescriptorValue>,
    /// Loudness range since the start in LU.
    pub range: Option<DescriptorValue>,
}

/// Scalar descriptor of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalarDescriptor {
    /// Name in the layout, without statistic, such as `lowlevel.dissonance`.
    pub name: &'static str,
    /// Number, or the mean of the frames' numbers; or a text. Null if it is not known or unsuitable.
    pub value: Value,
    /// Reliability in a window of this length.
    pub reliability: Reliability,
}

impl LiveDescriptors {
    /// Returns every descriptor of the window that is one number or one text, in alphabetical order. Allocates.
    #[must_use]
    pub fn scalars(&self) -> Vec<ScalarDescriptor> {
        let scalar = |name: &'static str| {
            let reliability = earmark_descriptors::reliability(name, self.window_s, false);
            let value = match reliability {
                Reliability::Unsuitable => Value::Null,
                Reliability::Reliable | Reliability::Marked => scalar(&self.window, name)?,
            };
            Some(ScalarDescriptor { name, value, reliability })
        };
        let names = earmark_descriptors::DESCRIPTORS.into_iter();
        names.filter(|name| !earmark_descriptors::VECTORS.contains(name)).filter_map(scalar).collect()
    }
}

impl DescriptorValue {
    /// Whether the stretch is long enough for this descriptor.
    #[must_use]
    pub fn is_reliable(&self) -> bool {
        self.reliability == Reliability::Reliable
    }
}

/// Returns the value of a descriptor that is one number or one text, or the mean of its frames; none if the pool does not
/// have it.
pub(super) fn scalar(pool: &Pool, name: &str) -> Option<Value> {
    pool.get(name).or_else(|| pool.get(&format!("{name}.mean"))).cloned()
}

/// Names of the pitch classes from C upwards.
const PITCH_CLASSES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// Returns the name of a pitch class, 0 (C) to 11 (B).
fn pitch_class(semitones: u8) -> &'static str {
    PITCH_CLASSES[usize::from(semitones) % PITCH_CLASSES.len()]
}

impl KeyEstimate {
    /// Returns the name, such as `F# minor`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", pitch_class(self.tonic), if self.minor { "minor" } else { "major" })
    }
}

impl ChordEstimate {
    /// Returns the name, such as `F#m`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{}", pitch_class(self.root), if self.minor { "m" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys_and_chords_count_from_c() {
        let key = KeyEstimate { tonic: 6, minor: true, strength: 0.5, reliable: true };
        let chord = ChordEstimate { root: 0, minor: false, strength: 0.5 };
        assert_eq!((key.name().as_str(), chord.name().as_str()), ("F# minor", "C"));
        assert_eq!(ChordEstimate { root: 10, minor: true, ..chord }.name(), "Bbm");
    }
}
