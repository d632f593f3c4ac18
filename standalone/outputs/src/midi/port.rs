//! Where MIDI goes: a port of the system's own MIDI, or of JACK where the system has none.

use midir::{MidiOutput, MidiOutputConnection};
use thiserror::Error;

/// The name under which others see this program.
const CLIENT: &str = "earmark";
/// The name of its port.
const PORT: &str = "tags";

/// Why there is no MIDI.
#[derive(Debug, Error)]
pub(crate) enum MidiTrouble {
    #[error("no MIDI here: expected {}, got neither; MIDI stays off, everything else goes on", SYSTEMS)]
    NoSystem,
    #[error("no such MIDI port: expected one whose name contains `{asked}`, got {}", listed(.known))]
    NoPort { asked: String, known: Vec<String> },
    #[error("the MIDI port cannot be opened: {0}")]
    Refused(String),
}

const SYSTEMS: &str = if cfg!(target_os = "linux") {
    "the ALSA sequencer (`modprobe snd-seq`) or a JACK server"
} else {
    "the system's MIDI service"
};

fn listed(known: &[String]) -> String {
    if known.is_empty() { "none at all".to_owned() } else { known.join(", ") }
}

/// An open way out.
pub(crate) enum MidiPort {
    /// The system's own.
    System(MidiOutputConnection),
    /// JACK's.
    #[cfg(target_os = "linux")]
    Jack(super::jack::JackPort),
}

impl MidiPort {
    /// Opens a port that others can connect to, or one of others whose name contains `to`.
    ///
    /// # Errors
    /// When there is no MIDI system, or no such port.
    pub(crate) fn open(to: Option<&str>) -> Result<Self, MidiTrouble> {
        match MidiOutput::new(CLIENT) {
            Ok(output) => system(output, to).map(Self::System),
            #[cfg(target_os = "linux")]
            Err(_) => super::jack::JackPort::open(CLIENT, PORT, to).map(Self::Jack),
            #[cfg(not(target_os = "linux"))]
            Err(_) => Err(MidiTrouble::NoSystem),
        }
    }

    /// What it is, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::System(_) => format!("MIDI port {CLIENT}:{PORT}"),
            #[cfg(target_os = "linux")]
            Self::Jack(port) => format!("MIDI port {} (JACK)", port.name()),
        }
    }

    /// Waits until what was sent is on its way, where that takes a while.
    pub(super) fn finish(&mut self) {
        match self {
            Self::System(_) => {}
            #[cfg(target_os = "linux")]
            Self::Jack(port) => port.finish(),
        }
    }

    /// Sends one message of up to three bytes; false when it was not taken.
    pub(crate) fn send(&mut self, message: &[u8]) -> bool {
        match self {
            Self::System(connection) => connection.send(message).is_ok(),
            #[cfg(target_os = "linux")]
            Self::Jack(port) => port.send(message),
        }
    }
}

fn system(output: MidiOutput, to: Option<&str>) -> Result<MidiOutputConnection, MidiTrouble> {
    let named = |output: &MidiOutput| -> Vec<_> {
        let ports = output.ports().into_iter();
        ports.filter_map(|port| Some((output.port_name(&port).ok()?, port))).collect()
    };
    let Some(to) = to else { return own(output) };
    let ports = named(&output);
    let known = ports.iter().map(|(name, _)| name.clone()).collect();
    let found = ports.into_iter().find(|(name, _)| name.contains(to));
    let (_, port) = found.ok_or(MidiTrouble::NoPort { asked: to.to_owned(), known })?;
    output.connect(&port, PORT).map_err(|error| MidiTrouble::Refused(error.to_string()))
}

#[cfg(unix)]
fn own(output: MidiOutput) -> Result<MidiOutputConnection, MidiTrouble> {
    use midir::os::unix::VirtualOutput;
    output.create_virtual(PORT).map_err(|error| MidiTrouble::Refused(error.to_string()))
}

/// Where programs cannot have ports of their own, the first there is.
#[cfg(not(unix))]
fn own(output: MidiOutput) -> Result<MidiOutputConnection, MidiTrouble> {
    let nothing = || MidiTrouble::NoPort { asked: String::new(), known: Vec::new() };
    let port = output.ports().into_iter().next().ok_or_else(nothing)?;
    output.connect(&port, PORT).map_err(|error| MidiTrouble::Refused(error.to_string()))
}
