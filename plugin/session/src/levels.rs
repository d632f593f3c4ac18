//! Levels and onsets of a live stream, as the worker thread publishes them.

use std::sync::atomic::{AtomicBool, Ordering};

pub use earmark_dsp::OnsetBand;

/// Number of results in [`Instance::levels`](crate::Instance::levels): about 5 min. The oldest are dropped first.
pub const LEVEL_ENTRIES: usize = 16_384;

/// Levels of 20 ms of a stream, computed from the mono mix of the tap. Levels are linear: 1 is that of a full-scale square
/// wave.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LevelReading {
    /// Source time at the end, in seconds.
    pub end_s: f64,
    /// Generation, as that of predictions.
    pub generation: u64,
    /// Root mean square.
    pub rms: f32,
    /// Largest magnitude.
    pub peak: f32,
    /// Root mean square below 250 Hz.
    pub low: f32,
    /// Root mean square between 250 Hz and 4 kHz.
    pub mid: f32,
    /// Root mean square above 4 kHz.
    pub high: f32,
    /// Spectral centroid in Hz; 0 in silence.
    pub centroid_hz: f32,
    /// Loudness of the last 0.4 s in LUFS, at least -120; none before that time.
    pub momentary_lufs: Option<f32>,
    /// Loudness of the last 3 s in LUFS, at least -120; none before that time.
    pub short_term_lufs: Option<f32>,
}

/// Onset in one frequency range of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnsetReading {
    /// Frequency range.
    pub band: OnsetBand,
    /// Source time in seconds.
    pub time_s: f64,
    /// Generation, as that of predictions.
    pub generation: u64,
    /// Level at the trigger, relative to the strongest trigger of the last seconds, 0 to 1.
    pub strength: f32,
}

/// Entry of [`Instance::levels`](crate::Instance::levels).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LevelEntry {
    /// Levels, 50 times per second.
    Levels(LevelReading),
    /// Onset.
    Onset(OnsetReading),
}

impl LevelEntry {
    /// Returns the source time in seconds.
    #[must_use]
    pub fn time_s(&self) -> f64 {
        match self {
            Self::Levels(levels) => levels.end_s,
            Self::Onset(onset) => onset.time_s,
        }
    }
}

/// Request of levels by an output, besides the saved state.
#[derive(Debug, Default)]
pub struct LevelRequest(AtomicBool);

impl LevelRequest {
    /// Requests levels, or ends the request. Real-time safe.
    pub fn set(&self, on: bool) {
        self.0.store(on, Ordering::Release);
    }

    /// Whether levels are requested. Real-time safe.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
