//! Results of a tempo tracker.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Alternative, LocalTempo};

/// Certainty of a live tempo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TempoStatus {
    /// No tempo yet.
    #[default]
    Listening,
    /// Tempo of the last answer, which the next one may change.
    Likely,
    /// Tempo that two answers, or network and onsets, agree on. It changes only if the music contradicts it.
    Locked,
    /// Locked tempo that the present audio neither confirms nor contradicts.
    Holding,
    /// Tempo that was locked and is given up. [`TempoStatus::Listening`] follows.
    Lost,
}

impl TempoStatus {
    /// Returns the name: `listening`, `likely`, `locked`, `holding` or `lost`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listening => "listening",
            Self::Likely => "likely",
            Self::Locked => "locked",
            Self::Holding => "holding",
            Self::Lost => "lost",
        }
    }

    /// Whether the tempo is locked now, or was and is held.
    #[must_use]
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Locked | Self::Holding)
    }
}

/// Beats of a stream as a line: beat `number` is at `beat_s`, and the next ones follow at `bpm`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BeatLine {
    /// Tempo in BPM, with decimals.
    pub bpm: f64,
    /// Number of the beat at [`BeatLine::beat_s`], counted from the first beat of the stream.
    pub number: u64,
    /// Source time of that beat, in seconds.
    pub beat_s: f64,
    /// Probability of this phase against the best one half a beat away, 0 to 1; it declines while the onsets are thin.
    pub confidence: f32,
}

impl BeatLine {
    /// Returns the position at source time `at_s` (seconds), in beats.
    #[must_use]
    pub fn beats_at(&self, at_s: f64) -> f64 {
        self.number as f64 + (at_s - self.beat_s) * self.bpm / 60.0
    }

    /// Returns the source time in seconds of a position in beats.
    #[must_use]
    pub fn time_of(&self, beats: f64) -> f64 {
        self.beat_s + (beats - self.number as f64) * 60.0 / self.bpm
    }
}

/// Live tempo of a stream at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct TempoUpdate {
    /// Id of the tempo model; [`TempoTracker::ONSETS_ONLY`](super::TempoTracker::ONSETS_ONLY) without one.
    pub model: Arc<str>,
    /// Generation of the stream.
    pub generation: u64,
    /// Source time of the first analyzed sample, in seconds.
    pub start_s: f64,
    /// Source time after the last analyzed sample, in seconds.
    pub end_s: f64,
    /// Seconds of audio that the answer is made from: up to the length of a patch.
    pub analyzed_s: f64,
    /// Certainty.
    pub status: TempoStatus,
    /// Whether the audio was silent, so that nothing was analyzed.
    pub silent: bool,
    /// Tempo in BPM, with decimals once there are beats; none while listening.
    pub bpm: Option<f64>,
    /// Probability of the tempo within 4 %, 0 to 1.
    pub confidence: f32,
    /// Most probable class of the network, as it is; none without a network, and in silence.
    pub class: Option<LocalTempo>,
    /// Half and double tempo within 4 %, the more probable first.
    pub alternatives: Vec<Alternative>,
    /// Beats; none before the first.
    pub beats: Option<BeatLine>,
}

/// Beat of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BeatEvent {
    /// Number, counted from the first beat of the stream.
    pub number: u64,
    /// Source time in seconds.
    pub at_s: f64,
    /// Tempo in BPM.
    pub bpm: f64,
    /// Probability of its phase, 0 to 1.
    pub confidence: f32,
    /// Generation of the stream.
    pub generation: u64,
}

/// Result of a tempo tracker.
#[derive(Debug, Clone, PartialEq)]
pub enum TempoEvent {
    /// Tempo.
    Tempo(TempoUpdate),
    /// Beat, a few hundredths of a second before its sound ends.
    Beat(BeatEvent),
}
