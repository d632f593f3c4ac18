//! Data of the panel, refreshed by the owner before each frame.

use std::sync::Arc;

use crate::descriptors::DescriptorReading;
use crate::output_state::{OutputBadge, SentMessage};
use crate::reading::{BeatPhase, ModelReading, TagReading, TempoReading};

/// Data shown by the panel, except the history.
///
/// The owner (plugin or app) fills it from the latest results. The panel only reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PanelState {
    /// Status of the analysis.
    pub status: Status,
    /// Latest tags; none before the first.
    pub tags: Option<TagReading>,
    /// Latest tempo; none before the first.
    pub tempo: Option<TempoReading>,
    /// Progress of the tempo model before its first result; none after that, or if it is off.
    pub tempo_warm_up: Option<WarmUp>,
    /// Tempo of the host in beats per minute, if known.
    pub host_bpm: Option<f64>,
    /// Latest reading of each added model, in the order of selection. Models without a result are left out.
    pub readings: Vec<ModelReading>,
    /// Level of the input.
    pub input: InputLevel,
    /// Whether the input is above the silence gate. Not used if the gate is off.
    pub gate_open: bool,
    /// Problems since the last reset.
    pub counters: Counters,
    /// Rate of tag updates.
    pub rate: UpdateRate,
    /// Available models, in the order of the list.
    pub models: Arc<[ModelInfo]>,
    /// Tags mapped to a MIDI controller or note.
    pub mapped_tags: Vec<MappedTag>,
    /// Names of the MIDI notes 0 to 127, in order. Notes without a name are shown as numbers.
    pub note_names: Arc<[Arc<str>]>,
    /// Tag in MIDI learn.
    pub learning: Option<Arc<str>>,
    /// Input features of the tag model. Needed only while [`Section::Features`](crate::Section) is shown.
    pub features: Option<FeatureView>,
    /// Latest descriptors; none before the first. Needed only while
    /// [`PanelLayout::needs_descriptors`](crate::PanelLayout::needs_descriptors).
    pub descriptors: Option<DescriptorReading>,
    /// Load and backlog of the analysis.
    pub health: EngineHealth,
    /// Notices that are not dismissed, oldest first.
    pub messages: Vec<Message>,
    /// Outputs with their states, in the order of their badges.
    pub outputs: Vec<OutputBadge>,
    /// Newest message of each address that is being sent, in the order of display.
    pub sent: Vec<SentMessage>,
    /// Position in the bar; none if it is not known.
    pub beat: Option<BeatPhase>,
}

/// Feature frames of a front end.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureView {
    /// Description of the features.
    pub name: Arc<str>,
    /// Number of values per frame, from low to high frequency.
    pub bands: usize,
    /// Values `[frame][band]`, oldest frame first, in units of the front end.
    pub values: Arc<[f32]>,
    /// Distance of two frames in seconds.
    pub frame_s: f32,
    /// Length of the window in seconds; there may be fewer frames.
    pub window_s: f32,
    /// Minimum range of values that is stretched to all colours, so that noise stays faint.
    pub min_range: f32,
}

impl FeatureView {
    /// Returns the number of frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.values.len().checked_div(self.bands).unwrap_or(0)
    }
}

/// Load and backlog of the analysis.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EngineHealth {
    /// Processing time divided by the duration of the processed audio.
    pub load: f32,
    /// Audio in the ring that is not analyzed yet, in seconds.
    pub waiting_s: f32,
    /// Capacity of the ring in seconds.
    pub ring_s: f32,
}

/// Status of the analysis.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Status {
    /// No stream runs.
    #[default]
    Idle,
    /// The stream is shorter than the patch of the model.
    WarmingUp(WarmUp),
    /// Predictions arrive.
    Listening,
    /// The input is below the silence gate.
    Silence,
    /// The stream runs, but predictions are overdue.
    Stale {
        /// Age of the latest prediction in seconds.
        age_s: f64,
    },
    /// The analysis has stopped.
    Error {
        /// Cause, as a sentence.
        message: String,
        /// Suggested action, as a sentence.
        hint: String,
    },
}

/// Progress before the first result of a model.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WarmUp {
    /// Buffered audio in seconds.
    pub buffered_s: f64,
    /// Required audio in seconds.
    pub required_s: f64,
}

impl WarmUp {
    /// Returns the buffered share, 0 to 1.
    #[must_use]
    pub fn share(self) -> f32 {
        if self.required_s > 0.0 { (self.buffered_s / self.required_s).clamp(0.0, 1.0) as f32 } else { 1.0 }
    }
}

/// Level of the input in dBFS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputLevel {
    /// RMS level; minus infinity for digital silence.
    pub rms_dbfs: f32,
    /// Peak level; above 0 if the input clips.
    pub peak_dbfs: f32,
}

impl Default for InputLevel {
    /// Returns digital silence.
    fn default() -> Self {
        Self { rms_dbfs: f32::NEG_INFINITY, peak_dbfs: f32::NEG_INFINITY }
    }
}

/// Counters of problems between input and panel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Samples dropped because the ring was full.
    pub dropped_samples: u64,
    /// Gaps in the stream.
    pub gaps: u64,
    /// Updates skipped because the analysis was behind.
    pub skipped_updates: u64,
    /// Samples that were NaN or infinite and were set to 0.
    pub sanitized_samples: u64,
}

impl Counters {
    /// Whether all counters are 0.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Rate of tag updates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UpdateRate {
    /// Requested rate in Hz.
    pub requested_hz: f32,
    /// Actual rate in Hz; 0 without updates.
    pub actual_hz: f32,
    /// Reason for a lower rate than requested ("computer too slow"); none otherwise.
    pub reason: Option<String>,
}

/// Kind of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// Built-in model that predicts a probability per tag.
    Tags,
    /// Built-in model that predicts a tempo.
    Tempo,
    /// Added model. Any number of them can be on.
    Added,
}

/// Description of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// Id of the model.
    pub id: Arc<str>,
    /// Name for display.
    pub name: String,
    /// Kind of the model.
    pub kind: ModelKind,
    /// Number of classes.
    pub classes: usize,
    /// Names of the classes, if they have names.
    pub labels: Arc<[Arc<str>]>,
    /// Sample rate of the input in Hz; none for a classifier of descriptors.
    pub rate_hz: Option<f64>,
    /// Audio per prediction, in seconds.
    pub context_s: f64,
    /// SPDX licence of the weights.
    pub licence: String,
    /// Publisher of the weights.
    pub source: String,
    /// Description in a sentence or two.
    pub description: String,
    /// Assumed properties of an added model, one sentence each.
    pub assumed: Vec<String>,
}

/// Tag mapped to a MIDI controller, a note, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedTag {
    /// Label of the tag.
    pub tag: Arc<str>,
    /// Controller that carries the value, 0 to 127.
    pub cc: Option<u8>,
    /// Note held while the tag is active, 0 to 127.
    pub note: Option<u8>,
}

/// Notice that is shown until it is dismissed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Id for [`Command::DismissMessage`](crate::Command::DismissMessage).
    pub id: u64,
    /// Event and its consequence, in a sentence or two.
    pub text: String,
    /// Whether data was lost or the user should act.
    pub warning: bool,
}
