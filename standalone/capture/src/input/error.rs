//! What can be wrong with an input, and what to do about it.

use cpal::ErrorKind;
use thiserror::Error;

/// Why an input gives no sound, in words for whoever sits in front of it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Trouble {
    #[error("no input: this machine has nothing that can be heard")]
    NoInput,
    #[error("no such input: expected {}, got `{asked}`", one_of(.known))]
    Unknown { asked: String, known: Vec<String> },
    #[error("no such kind of input: expected an id that begins with {}, got `{asked}`", one_of(.hosts))]
    UnknownHost { asked: String, hosts: Vec<String> },
    #[error("several inputs are called `{asked}`: {}", ids.join(", "))]
    Ambiguous { asked: String, ids: Vec<String> },
    #[error("`{device}` may not be used by this program")]
    Denied { device: String },
    #[error("`{device}` is in use by another program")]
    Busy { device: String },
    #[error("`{device}` is gone")]
    Lost { device: String },
    #[error("the sound server of `{device}` does not answer")]
    ServerGone { device: String },
    #[error("`{device}` is open but gives no samples")]
    Silent { device: String },
    #[error("`{device}` must be opened anew, its rate or its form has changed")]
    Changed { device: String },
    #[error("channel {asked} of `{device}`: expected 1 to {has}, got {asked}")]
    Channel { device: String, asked: usize, has: usize },
    #[error("`{device}` cannot be heard as it is set up: {words}")]
    Unsupported { device: String, words: String },
    #[error("`{device}` failed: {words}")]
    Failed { device: String, words: String },
}

impl Trouble {
    /// What an error of the sound system means for this device.
    pub(crate) fn of(device: &str, error: &cpal::Error) -> Self {
        Self::of_kind(device, error.kind(), error.message())
    }

    /// The same, from what could be kept of an error.
    pub(crate) fn of_kind(device: &str, kind: ErrorKind, words: Option<&str>) -> Self {
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

    /// What to do about it, a sentence.
    pub(crate) fn way_out(&self) -> &'static str {
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

    /// Whether it says no more than that there is no such input.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::NoInput | Self::Unknown { .. })
    }

    /// Whether it can never be otherwise, so that trying again is useless.
    pub(crate) fn is_final(&self) -> bool {
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
    fn what_the_sound_system_says_becomes_something_to_do() {
        let of = |kind, words| Trouble::of_kind("x:y", kind, words);
        let cases = [
            (ErrorKind::HostUnavailable, None, "sound server of `x:y`", "Start"),
            (ErrorKind::DeviceNotAvailable, None, "`x:y` is gone", "Plug it in"),
            (ErrorKind::PermissionDenied, None, "may not be used", "privacy"),
            (ErrorKind::DeviceBusy, None, "another program", "Close"),
            (ErrorKind::UnsupportedConfig, Some("7 Hz"), "7 Hz", "8 to 192 kHz"),
            (ErrorKind::BackendError, Some("errno -5"), "errno -5", "anew"),
        ];
        for (kind, words, message, way_out) in cases {
            let trouble = of(kind, words);
            assert!(trouble.to_string().contains(message), "{trouble}");
            assert!(trouble.way_out().contains(way_out), "{trouble}: {}", trouble.way_out());
            assert!(!trouble.is_final(), "{trouble}");
        }
    }

    #[test]
    fn a_name_that_is_not_there_is_told_with_those_that_are() {
        let unknown = |known: &[&str]| {
            let known = known.iter().map(ToString::to_string).collect();
            Trouble::Unknown { asked: "mic".into(), known }.to_string()
        };
        assert_eq!(unknown(&[]), "no such input: expected an input, and there is none, got `mic`");
        assert_eq!(unknown(&["a:b"]), "no such input: expected `a:b`, got `mic`");
        assert_eq!(unknown(&["a:b", "c:d"]), "no such input: expected one of `a:b`, `c:d`, got `mic`");
    }
}
