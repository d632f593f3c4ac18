//! States of the outputs, and a preview of their messages.

use std::sync::Arc;

/// Output with its state, shown as a badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputBadge {
    /// Name of the output, such as `MIDI`.
    pub name: Arc<str>,
    /// State of the output.
    pub state: OutputState,
}

/// State of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputState {
    /// The output is turned off.
    Off,
    /// The output sends or writes.
    On,
    /// The output is turned on and does not work. Holds the cause and the way out, in one or two sentences.
    Failed(String),
}

/// Newest message that an output sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Name of the output, such as `MIDI`.
    pub output: Arc<str>,
    /// Message as text, such as `CC 20 ch 1 = 93 (rock)`.
    pub text: String,
}
