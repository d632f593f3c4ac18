//! Errors of inputs, with a hint for each.

use cpal::ErrorKind;
use thiserror::Error;

/// Error of an input, with a message for the user of the program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// The machine has no input.
    #[error("no audio input found")]
    NoInput,
    /// No input has this id or name.
    #[error("no such input: expected {}, got `{requested}`", one_of(.known))]
    Unknown {
        /// Requested id or name.
        requested: String,
        /// Ids of the inputs that exist.
        known: Vec<String>,
    },
    /// No audio backend has this name.
    #[error("no such audio backend: expected an id that begins with {}, got `{requested}`", one_of(.hosts))]
    UnknownHost {
        /// Requested id.
        requested: String,
        /// Prefixes of the ids of all audio backends.
        hosts: Vec<String>,
    },
    /// Several inputs have this name.
    #[error("ambiguous input name: expected one of the ids {}, got `{requested}`", ids.join(", "))]
    Ambiguous {
        /// Requested name.
        requested: String,
        /// Ids of the inputs with this name.
        ids: Vec<String>,
    },
    /// The system denies access.
    #[error("cannot open `{device}`: access denied")]
    Denied {
        /// Id of the input.
        device: String,
    },
    /// Another program uses the input.
    #[error("cannot open `{device}`: in use by another program")]
    Busy {
        /// Id of the input.
        device: String,
    },
    /// The input was disconnected.
    #[error("`{device}` was disconnected")]
    Lost {
        /// Id of the input.
        device: String,
    },
    /// The sound server has ended or does not answer.
    #[error("the sound server of `{device}` does not answer")]
    ServerGone {
        /// Id of the input.
        device: String,
    },
    /// The stream is open but delivers no samples.
    #[error("`{device}` is open but delivers no samples")]
    Silent {
        /// Id of the input.
        device: String,
    },
    /// The sample rate or the format of the input has changed.
    #[error("`{device}` must be reopened: its sample rate or format has changed")]
    Changed {
        /// Id of the input.
        device: String,
    },
    /// The input does not have this channel.
    #[error("channel {requested} of `{device}`: expected 1 to {has}, got {requested}")]
    Channel {
        /// Id of the input.
        device: String,
        /// Requested channel, counted from 1.
        requested: usize,
        /// Number of channels.
        has: usize,
    },
    /// The sample format, rate or configuration of the input is not supported.
    #[error("cannot use `{device}` with its current settings: {message}")]
    Unsupported {
        /// Id of the input.
        device: String,
        /// Message of the audio backend.
        message: String,
    },
    /// Any other error.
    #[error("`{device}` failed: {message}")]
    Failed {
        /// Id of the input.
        device: String,
        /// Message of the audio backend.
        message: String,
    },
}

impl InputError {
    /// Converts an error of the audio backend.
    pub(super) fn of(device: &str, error: &cpal::Error) -> Self {
        Self::of_kind(device, error.kind(), error.message())
    }

    /// Converts the kind and the message of an error of the audio backend.
    pub(super) fn of_kind(device: &str, kind: ErrorKind, message: Option<&str>) -> Self {
        let device = device.to_owned();
        let message = message.map_or_else(|| kind.to_string(), ToOwned::to_owned);
        match kind {
            ErrorKind::PermissionDenied => Self::Denied { device },
            ErrorKind::DeviceBusy => Self::Busy { device },
            ErrorKind::HostUnavailable => Self::ServerGone { device },
            ErrorKind::StreamInvalidated => Self::Changed { device },
            ErrorKind::DeviceNotAvailable => Self::Lost { device },
            ErrorKind::UnsupportedConfig | ErrorKind::UnsupportedOperation | ErrorKind::InvalidInput => {
                Self::Unsupported { device, message }
            }
            _ => Self::Failed { device, message },
        }
    }

    /// Returns a hint for the user, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoInput => "Plug in a microphone or an interface, or start the sound server.",
            Self::Unknown { .. } | Self::Ambiguous { .. } => "`earmark devices` lists the inputs.",
            Self::UnknownHost { .. } => "`earmark devices` lists the inputs with their ids.",
            Self::Denied { .. } => {
                "Allow microphone access in the system's privacy settings, or join the group that may use it."
            }
            Self::Busy { .. } => "Close the other program, or choose another input.",
            Self::Lost { .. } => "Plug it in again, or choose another input.",
            Self::ServerGone { .. } => "Start the sound server again.",
            Self::Silent { .. } => "Check whether it is muted, unplugged, or waiting for another program.",
            Self::Changed { .. } => "No action is needed: the input is being reopened.",
            Self::Channel { .. } => "Choose one of its channels.",
            Self::Unsupported { .. } => "Choose another input, or set it to a rate of 8 to 192 kHz.",
            Self::Failed { .. } => "Plug it in again, or restart the sound server.",
        }
    }

    /// Whether the error is that the input does not exist.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::NoInput | Self::Unknown { .. })
    }

    /// Whether the error persists when the input is opened again.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::UnknownHost { .. } | Self::Ambiguous { .. } | Self::Channel { .. })
    }
}

fn one_of(known: &[String]) -> String {
    match known {
        [] => "an input, but this computer has none".to_owned(),
        [one] => format!("`{one}`"),
        several => format!("one of `{}`", several.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backend_error_has_a_message_and_a_hint() {
        let of = |kind, message| InputError::of_kind("x:y", kind, message);
        let cases = [
            (ErrorKind::HostUnavailable, None, "sound server of `x:y`", "Start"),
            (ErrorKind::DeviceNotAvailable, None, "`x:y` was disconnected", "Plug it in"),
            (ErrorKind::PermissionDenied, None, "access denied", "privacy"),
            (ErrorKind::DeviceBusy, None, "another program", "Close"),
            (ErrorKind::UnsupportedConfig, Some("7 Hz"), "7 Hz", "8 to 192 kHz"),
            (ErrorKind::BackendError, Some("errno -5"), "errno -5", "restart"),
        ];
        for (kind, message, expected, hint) in cases {
            let error = of(kind, message);
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.hint().contains(hint), "{error}: {}", error.hint());
            assert!(!error.is_permanent(), "{error}");
        }
    }

    #[test]
    fn unknown_input_lists_the_known_ones() {
        let unknown = |known: &[&str]| {
            let known = known.iter().map(ToString::to_string).collect();
            InputError::Unknown { requested: "mic".into(), known }.to_string()
        };
        assert_eq!(unknown(&[]), "no such input: expected an input, but this computer has none, got `mic`");
        assert_eq!(unknown(&["a:b"]), "no such input: expected `a:b`, got `mic`");
        assert_eq!(unknown(&["a:b", "c:d"]), "no such input: expected one of `a:b`, `c:d`, got `mic`");
    }
}
