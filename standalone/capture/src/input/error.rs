//! Errors of inputs, and what to do about them.

use cpal::ErrorKind;
use thiserror::Error;

/// Reason that an input gives no samples, in words for the user of the program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// There is no input at all.
    #[error("no input: this machine has nothing that can be heard")]
    NoInput,
    /// There is no input of that id or name.
    #[error("no such input: expected {}, got `{asked}`", one_of(.known))]
    Unknown {
        /// Id or name that was asked for.
        asked: String,
        /// Ids of the inputs that exist.
        known: Vec<String>,
    },
    /// There is no sound system of that name.
    #[error("no such kind of input: expected an id that begins with {}, got `{asked}`", one_of(.hosts))]
    UnknownHost {
        /// Id that was asked for.
        asked: String,
        /// Prefixes of the sound systems that exist.
        hosts: Vec<String>,
    },
    /// Several inputs have that name.
    #[error("several inputs are called `{asked}`: {}", ids.join(", "))]
    Ambiguous {
        /// Name that was asked for.
        asked: String,
        /// Ids of the inputs of that name.
        ids: Vec<String>,
    },
    /// The system denies access.
    #[error("`{device}` may not be used by this program")]
    Denied {
        /// Id of the input.
        device: String,
    },
    /// Another program uses the input.
    #[error("`{device}` is in use by another program")]
    Busy {
        /// Id of the input.
        device: String,
    },
    /// The input was there and is not any more.
    #[error("`{device}` is gone")]
    Lost {
        /// Id of the input.
        device: String,
    },
    /// The sound server has ended.
    #[error("the sound server of `{device}` does not answer")]
    ServerGone {
        /// Id of the input.
        device: String,
    },
    /// The stream is open and gives no samples.
    #[error("`{device}` is open but gives no samples")]
    Silent {
        /// Id of the input.
        device: String,
    },
    /// Rate or form of the input has changed.
    #[error("`{device}` must be opened anew, its rate or its form has changed")]
    Changed {
        /// Id of the input.
        device: String,
    },
    /// The input has no such channel.
    #[error("channel {asked} of `{device}`: expected 1 to {has}, got {asked}")]
    Channel {
        /// Id of the input.
        device: String,
        /// Channel that was asked for, counted from 1.
        asked: usize,
        /// Number of channels.
        has: usize,
    },
    /// The input is in a form that cannot be processed.
    #[error("`{device}` cannot be heard as it is set up: {words}")]
    Unsupported {
        /// Id of the input.
        device: String,
        /// Message of the sound system.
        words: String,
    },
    /// Any other error.
    #[error("`{device}` failed: {words}")]
    Failed {
        /// Id of the input.
        device: String,
        /// Message of the sound system.
        words: String,
    },
}

impl InputError {
    /// Converts an error of the sound system.
    pub(super) fn of(device: &str, error: &cpal::Error) -> Self {
        Self::of_kind(device, error.kind(), error.message())
    }

    /// Converts the kind and the message of an error of the sound system.
    pub(super) fn of_kind(device: &str, kind: ErrorKind, words: Option<&str>) -> Self {
        let device = device.to_owned();
        let words = words.map_or_else(|| kind.to_string(), ToOwned::to_owned);
        match kind {
            ErrorKind::PermissionDenied => Self::Denied { device },
            ErrorKind::DeviceBusy => Self::Busy { device },
            ErrorKind::HostUnavailable => Self::ServerGone { device },
            ErrorKind::StreamInvalidated => Self::Changed { device },
            ErrorKind::DeviceNotAvailable => Self::Lost { device },
            ErrorKind::UnsupportedConfig | ErrorKind::UnsupportedOperation | ErrorKind::InvalidInput => {
                Self::Unsupported { device, words }
            }
            _ => Self::Failed { device, words },
        }
    }

    /// Returns what to do about the error, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoInput => "Plug in a microphone or an interface, or start the sound server.",
            Self::Unknown { .. } | Self::Ambiguous { .. } => "`earmark devices` lists what there is.",
            Self::UnknownHost { .. } => "`earmark devices` lists what there is, with whole ids.",
            Self::Denied { .. } => {
                "Allow the microphone in the system's privacy settings, or join the group that may use it."
            }
            Self::Busy { .. } => "Close the other program, or choose another input.",
            Self::Lost { .. } => "Plug it in again, or choose another input.",
            Self::ServerGone { .. } => "Start the sound server again.",
            Self::Silent { .. } => "See whether it is muted, unplugged, or waiting for another program.",
            Self::Changed { .. } => "Nothing to do, it is opened anew.",
            Self::Channel { .. } => "Choose among its channels.",
            Self::Unsupported { .. } => "Choose another input, or set it to a rate of 8 to 192 kHz.",
            Self::Failed { .. } => "Plug it in again, or start the sound server anew.",
        }
    }

    /// Whether the error is only that there is no such input.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::NoInput | Self::Unknown { .. })
    }

    /// Whether trying again is useless.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::UnknownHost { .. } | Self::Ambiguous { .. } | Self::Channel { .. })
    }
}

fn one_of(known: &[String]) -> String {
    match known {
        [] => "an input, and there is none".to_owned(),
        [one] => format!("`{one}`"),
        several => format!("one of `{}`", several.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_system_error_becomes_a_message_and_a_hint() {
        let of = |kind, words| InputError::of_kind("x:y", kind, words);
        let cases = [
            (ErrorKind::HostUnavailable, None, "sound server of `x:y`", "Start"),
            (ErrorKind::DeviceNotAvailable, None, "`x:y` is gone", "Plug it in"),
            (ErrorKind::PermissionDenied, None, "may not be used", "privacy"),
            (ErrorKind::DeviceBusy, None, "another program", "Close"),
            (ErrorKind::UnsupportedConfig, Some("7 Hz"), "7 Hz", "8 to 192 kHz"),
            (ErrorKind::BackendError, Some("errno -5"), "errno -5", "anew"),
        ];
        for (kind, words, message, hint) in cases {
            let error = of(kind, words);
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.hint().contains(hint), "{error}: {}", error.hint());
            assert!(!error.is_permanent(), "{error}");
        }
    }

    #[test]
    fn unknown_input_lists_the_known_ones() {
        let unknown = |known: &[&str]| {
            let known = known.iter().map(ToString::to_string).collect();
            InputError::Unknown { asked: "mic".into(), known }.to_string()
        };
        assert_eq!(unknown(&[]), "no such input: expected an input, and there is none, got `mic`");
        assert_eq!(unknown(&["a:b"]), "no such input: expected `a:b`, got `mic`");
        assert_eq!(unknown(&["a:b", "c:d"]), "no such input: expected one of `a:b`, `c:d`, got `mic`");
    }
}
