//! Errors of MIDI ports.

use thiserror::Error;

/// Reason that there is no MIDI port.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MidiError {
    /// The machine has no MIDI system.
    #[error("no MIDI here: expected {}, got neither; MIDI stays off, everything else goes on", BACKENDS)]
    Unavailable,
    /// There is no port of that name.
    #[error("no such MIDI port: expected one whose name contains `{asked}`, got {}", listed(.known))]
    NoPort {
        /// Part of a name that was asked for.
        asked: String,
        /// Names of the ports that exist.
        known: Vec<String>,
    },
    /// The port cannot be opened; message of the system.
    #[error("the MIDI port cannot be opened: {0}")]
    OpenFailed(String),
}

const BACKENDS: &str = if cfg!(target_os = "linux") {
    "the ALSA sequencer (`modprobe snd-seq`) or a JACK server"
} else {
    "the system's MIDI service"
};

fn listed(known: &[String]) -> String {
    if known.is_empty() { "none at all".to_owned() } else { known.join(", ") }
}
