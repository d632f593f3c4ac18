//! Values of the level analyzer.

/// Number of level frames per second.
pub const LEVEL_FRAMES_PER_S: u32 = 50;

/// Result of the level analyzer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LevelEvent {
    /// Levels of the last 20 ms.
    Frame(LevelFrame),
    /// Onset in one frequency range.
    Onset(Onset),
}

/// Levels of 20 ms of a stream. A full-scale square wave has a level of 1 (linear amplitude, not dB).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LevelFrame {
    /// Time after the last sample of the frame, in seconds since the start or the last reset.
    pub end_s: f64,
    /// Root mean square of the samples.
    pub rms: f32,
    /// Largest magnitude of a sample.
    pub peak: f32,
    /// Root mean square below 250 Hz.
    pub low: f32,
    /// Root mean square between 250 Hz and 4 kHz.
    pub mid: f32,
    /// Root mean square above 4 kHz; 0 at rates that do not reach it.
    pub high: f32,
    /// Spectral centroid of the last 21 ms (at 48 kHz) in Hz; 0 below -100 dBFS.
    pub centroid_hz: f32,
}

/// Onset in one frequency range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Onset {
    /// Frequency range.
    pub band: OnsetBand,
    /// Time of the onset in seconds since the start or the last reset, to about 3 ms.
    pub time_s: f64,
    /// Level at the trigger, relative to the strongest trigger of the last seconds, 0 to 1.
    pub strength: f32,
}

/// Frequency range of onsets. A sound counts in the range in which it adds most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnsetBand {
    /// 35 to 110 Hz.
    Kick,
    /// 1.2 to 5 kHz.
    Snare,
    /// Above 7.5 kHz.
    Hat,
}

impl OnsetBand {
    /// All ranges, the lowest first.
    pub const ALL: [Self; 3] = [Self::Kick, Self::Snare, Self::Hat];

    /// Returns the name in addresses and JSON: `kick`, `snare` or `hat`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kick => "kick",
            Self::Snare => "snare",
            Self::Hat => "hat",
        }
    }
}
