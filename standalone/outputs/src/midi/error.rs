//! Errors of MIDI ports.

use thiserror::Error;

/// Error of opening a MIDI port.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MidiError {
    /// The machine has no MIDI system.
    #[error(
        "no MIDI system found (expected {}); the port opens when there is one, all other outputs continue",
        BACKENDS
    )]
    Unavailable,
    /// No port has this name.
    #[error("no such MIDI port: expected a name that contains `{requested}`, got {}", listed(.known))]
    NoPort {
        /// Requested part of the name.
        requested: String,
        /// Names of the ports that exist.
        known: Vec<String>,
    },
    /// The port cannot be opened; message of the system.
    #[error("cannot open the MIDI port: {0}")]
    OpenFailed(String),
}

const BACKENDS: &str = if cfg!(target_os = "linux") {
    "the ALSA sequencer (`modprobe snd-seq`) or a JACK server"
} else {
    "the system's MIDI service"
};

fn listed(known: &[String]) -> String {
    if known.is_empty() { "no port".to_owned() } else { known.join(", ") }
}
