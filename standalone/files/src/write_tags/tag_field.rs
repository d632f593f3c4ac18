//! Fields of tags that are written.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Field of the tags of an audio file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagField {
    /// Tempo in whole beats per minute: ID3 `TBPM`, Vorbis `BPM`, MP4 `tmpo`.
    Bpm,
    /// Genre: ID3 `TCON`, Vorbis `GENRE`, MP4 `©gen`.
    Genre,
    /// Mood: ID3 `TMOO`, Vorbis `MOOD`, MP4 `----:com.apple.iTunes:MOOD`.
    Mood,
}

impl TagField {
    /// Returns the name in messages and in the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bpm => "bpm",
            Self::Genre => "genre",
            Self::Mood => "mood",
        }
    }
}

impl fmt::Display for TagField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
