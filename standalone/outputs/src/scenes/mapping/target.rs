//! Targets of mappings.

use earmark_session::outputs::OscAddress;
use rosc::OscType;

use super::super::dmx::DmxChannel;

/// Target of a mapping. Channels are 0 to 15.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum MappingTarget {
    /// OSC address and its receivers.
    Osc { receivers: Vec<OscAddress>, address: String, argument: OscArgument },
    /// MIDI controller.
    Control { channel: u8, cc: u8 },
    /// MIDI note, which sounds while the value is above the threshold.
    Note { channel: u8, key: u8 },
    /// DMX channel, sent by sACN.
    Dmx(DmxChannel),
}

/// Type of the argument of an OSC message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum OscArgument {
    #[default]
    Float,
    Int,
    Bool,
}

/// Names of the types.
const ARGUMENTS: [(&str, OscArgument); 3] =
    [("float", OscArgument::Float), ("int", OscArgument::Int), ("bool", OscArgument::Bool)];

impl OscArgument {
    /// Parses the name of a type; an error is a message.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let found = ARGUMENTS.iter().find(|(name, _)| *name == text);
        let names = ARGUMENTS.map(|(name, _)| name).join(", ");
        found.map(|&(_, argument)| argument).ok_or(format!("expected one of {names}, got `{text}`"))
    }

    /// Returns the number that is sent of a value: rounded for an integer, 0 or 1 for a boolean.
    pub(super) fn quantized(self, value: f32) -> f32 {
        match self {
            Self::Float => value,
            Self::Int => value.round(),
            Self::Bool => f32::from(u8::from(value >= 0.5)),
        }
    }

    /// Returns the argument of a value. A boolean is true from one half on.
    pub(super) fn of(self, value: f32) -> OscType {
        match self {
            Self::Float => OscType::Float(value),
            Self::Int => OscType::Int(value.round() as i32),
            Self::Bool => OscType::Bool(value >= 0.5),
        }
    }
}

impl MappingTarget {
    /// Returns the output that is used without `out`.
    pub(super) fn usual_output(&self) -> (f32, f32) {
        match self {
            Self::Osc { .. } => (0.0, 1.0),
            Self::Control { .. } => (0.0, 127.0),
            Self::Note { .. } => (1.0, 127.0),
            Self::Dmx(_) => (0.0, 255.0),
        }
    }

    /// Returns the largest number of the output, whose smallest one is 0; none for any number.
    pub(super) fn max_output(&self) -> Option<f32> {
        match self {
            Self::Osc { .. } => None,
            Self::Control { .. } | Self::Note { .. } => Some(127.0),
            Self::Dmx(_) => Some(255.0),
        }
    }

    /// Whether the target is MIDI.
    pub(super) fn is_midi(&self) -> bool {
        matches!(self, Self::Control { .. } | Self::Note { .. })
    }
}
