//! What is shown: plain data that the owner refreshes before each frame.

use std::sync::Arc;

use crate::reading::{ModelReading, TagReading, TempoReading};

/// Everything the panel shows but its history.
///
/// The owner (plugin or app) fills it from the latest results; the panel only reads it and computes nothing of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PanelState {
    /// What the analyzer is doing.
    pub status: Status,
    /// The newest tags; none before the first.
    pub tags: Option<TagReading>,
    /// The newest tempo; none before the first.
    pub tempo: Option<TempoReading>,
    /// How far the tempo model is from its first answer; none once it answers, or when it is off.
    pub tempo_warm_up: Option<WarmUp>,
    /// The host's own tempo in beats per minute, if there is a host and it says so.
    pub host_bpm: Option<f64>,
    /// What each added model says, in the order in which they were chosen; those that have said nothing are not here.
    pub readings: Vec<ModelReading>,
    /// The level at the input.
    pub input: InputLevel,
    /// Whether the input passes the silence gate. Of no meaning while the gate is off.
    pub gate_open: bool,
    /// What went wrong on the way, since the last reset.
    pub counters: Counters,
    /// How often tags come.
    pub rate: UpdateRate,
    /// The models there are to choose from, in the order in which they are offered.
    pub models: Arc<[ModelCard]>,
    /// The tags that drive a MIDI controller or note.
    pub followed: Vec<FollowedTag>,
    /// Names of the MIDI notes 0 to 127, in order. A note beyond the end is shown as its number.
    pub note_names: Arc<[Arc<str>]>,
    /// The tag for which a controller is being learned.
    pub learning: Option<Arc<str>>,
    /// The frames that the tag model is given. Only asked for while [`Section::Sound`](crate::Section) is shown.
    pub sound: Option<Sound>,
    /// How the analysis is doing.
    pub health: Health,
    /// Notices to be shown until they are dismissed, oldest first.
    pub messages: Vec<Message>,
}

/// Frames of a front-end.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// What they are, in words.
    pub name: Arc<str>,
    /// Values of a frame, from low to high.
    pub bands: usize,
    /// `[frame][band]`, oldest first, in the front-end's units.
    pub values: Arc<[f32]>,
    /// From one frame to the next, in seconds.
    pub frame_s: f32,
    /// How much fits, in seconds.
    pub longest_s: f32,
    /// A range of values that is not stretched to the whole of the colours, so that noise looks like noise.
    pub least_range: f32,
}

impl Sound {
    /// How many there are.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.values.len().checked_div(self.bands).unwrap_or(0)
    }
}

/// How the analysis is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Health {
    /// Time that it takes, as a share of the time that what it hears takes.
    pub load: f32,
    /// Audio that waits to be heard, in seconds ...
    pub waiting_s: f32,
    /// ... of at most so many.
    pub ring_s: f32,
}

/// What the analyzer is doing.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Status {
    /// No stream runs.
    #[default]
    Idle,
    /// Music comes, but not yet as much as a patch needs.
    WarmingUp(WarmUp),
    /// Predictions come.
    Listening,
    /// The input is below the gate.
    Silence,
    /// A stream runs, but predictions stopped coming.
    Stale {
        /// Age of what is shown, in seconds.
        age_s: f64,
    },
    /// Nothing can be heard until something is done about it.
    Error {
        /// What happened, a sentence.
        message: String,
        /// What to do about it, a sentence.
        way_out: String,
    },
}

/// How much has been heard of what a first answer needs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WarmUp {
    /// Seconds heard so far.
    pub have_s: f64,
    /// Seconds needed.
    pub need_s: f64,
}

impl WarmUp {
    /// The share heard, 0 to 1.
    #[must_use]
    pub fn share(self) -> f32 {
        if self.need_s > 0.0 { (self.have_s / self.need_s).clamp(0.0, 1.0) as f32 } else { 1.0 }
    }
}

/// The level at the input, in dB relative to full scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputLevel {
    /// Of the root mean square; minus infinity for digital silence.
    pub rms_dbfs: f32,
    /// Of the highest sample; above 0 when the input clips.
    pub peak_dbfs: f32,
}

impl Default for InputLevel {
    /// Digital silence.
    fn default() -> Self {
        Self { rms_dbfs: f32::NEG_INFINITY, peak_dbfs: f32::NEG_INFINITY }
    }
}

/// What went wrong on the way from the input to the panel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Samples that found no room in the ring.
    pub dropped_samples: u64,
    /// Holes in the stream.
    pub gaps: u64,
    /// Updates left out because the analyzer was behind.
    pub skipped_updates: u64,
    /// Samples that were no finite number and became 0.
    pub scrubbed_samples: u64,
}

impl Counters {
    /// Whether nothing went wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// How often tags come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UpdateRate {
    /// Updates a second that were asked for.
    pub asked_hz: f32,
    /// Updates a second that come; 0 while none come.
    pub real_hz: f32,
    /// Why fewer come than were asked for ("machine too slow"); none while all come.
    pub reason: Option<String>,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// It gives each of its tags a probability.
    Tags,
    /// It gives a tempo.
    Tempo,
    /// It was added, and listens beside the others; any number of them may.
    Added,
}

/// What a model is, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCard {
    /// Id by which it is chosen.
    pub id: Arc<str>,
    /// Name for people.
    pub name: String,
    /// What it is for.
    pub kind: ModelKind,
    /// How many tags or tempi it knows.
    pub classes: usize,
    /// Their names, as far as they have names.
    pub labels: Arc<[Arc<str>]>,
    /// The sample rate at which it hears, in hertz.
    pub rate_hz: f64,
    /// Seconds of audio behind each answer.
    pub context_s: f64,
    /// SPDX name of the weights' licence.
    pub licence: String,
    /// Where the weights were published.
    pub source: String,
    /// A sentence or two.
    pub description: String,
}

/// A tag that drives a MIDI controller, a note, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedTag {
    /// The tag.
    pub tag: Arc<str>,
    /// The controller that carries its value, 0 to 127.
    pub cc: Option<u8>,
    /// The note that sounds while it is lit, 0 to 127.
    pub note: Option<u8>,
}

/// A notice that stays until it is dismissed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// By which it is dismissed.
    pub id: u64,
    /// A sentence or two: what happened and what was done about it.
    pub text: String,
    /// Whether something was lost or needs attention, rather than good to know.
    pub warning: bool,
}
