//! Music descriptors of the last seconds and of the song, as the panel shows them.

use std::sync::Arc;

/// Descriptors of the music extractor. Values that are not stated otherwise describe the window, which ends now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DescriptorReading {
    /// Length of the window in seconds: 30 unless less music was played.
    pub window_s: f32,
    /// Time since the song began, in seconds.
    pub since_start_s: f32,
    /// Age of the values in seconds.
    pub age_s: f32,
    /// Whether the window is silent. Only the loudness is known then.
    pub silent: bool,
    /// Key; none if it is not known.
    pub key: Option<KeyReading>,
    /// Chord that sounds now; none if it is not known.
    pub chord: Option<ChordReading>,
    /// Energy of the pitch classes C to B, 0 to 1. The largest is 1, or all are 0.
    pub chroma: [f32; 12],
    /// Loudness.
    pub loudness: LoudnessReading,
    /// Tempo in beats per minute.
    pub bpm: Option<MarkedValue>,
    /// Danceability, 0 to about 3.
    pub danceability: Option<MarkedValue>,
    /// Dissonance, 0 to 1.
    pub dissonance: Option<MarkedValue>,
    /// Onsets per second.
    pub onset_rate: Option<MarkedValue>,
    /// Dynamic complexity in dB.
    pub dynamic_complexity: Option<MarkedValue>,
    /// Tuning in Hz: frequency of the note A4.
    pub tuning_hz: Option<MarkedValue>,
    /// History of the spectral centroid in Hz, oldest value first. Values that are not positive leave a gap.
    pub centroid_hz: Arc<[f32]>,
    /// Distance of two values of [`DescriptorReading::centroid_hz`], in seconds.
    pub centroid_step_s: f32,
}

/// Key of a piece of music.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct KeyReading {
    /// Pitch class of the tonic, 0 (C) to 11 (B).
    pub tonic: u8,
    /// Whether the key is minor.
    pub minor: bool,
    /// Similarity to the profile of the key, 0 to 1.
    pub strength: f32,
    /// Whether the window is long enough for a key.
    pub reliable: bool,
}

/// Major or minor chord.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ChordReading {
    /// Pitch class of the root, 0 (C) to 11 (B).
    pub root: u8,
    /// Whether the chord is minor.
    pub minor: bool,
    /// Similarity to the notes of the chord, 0 to 1.
    pub strength: f32,
}

/// Loudness as EBU R 128 defines it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LoudnessReading {
    /// Loudness of the last 0.4 s in LUFS.
    pub momentary: Option<f32>,
    /// Loudness of the last 3 s in LUFS.
    pub short_term: Option<f32>,
    /// Loudness since the song began, in LUFS, without quiet passages.
    pub integrated: Option<f32>,
    /// Loudness range since the song began, in LU; none before 30 s of music.
    pub range: Option<f32>,
}

/// Value with a mark whether it is reliable.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MarkedValue {
    /// Value in the unit of the descriptor.
    pub value: f32,
    /// Whether the window is long enough for this descriptor.
    pub reliable: bool,
}
