//! Description of an input.

use serde::Serialize;

/// Description of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputDevice {
    /// Stable id, `host:name`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Kind of input.
    pub kind: InputKind,
    /// Whether it is the system's default.
    pub default: bool,
    /// Default sample rate in Hz, if known.
    pub rate_hz: Option<u32>,
    /// Number of channels, if known.
    pub channels: Option<u16>,
}

/// Kind of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// Microphone, line input, or the output of another program.
    Input,
    /// Monitor of the system output.
    Monitor,
}
