//! MIDI output port of the system's MIDI service, or of JACK if the system has none.

use midir::{MidiOutput, MidiOutputConnection};

use super::error::MidiError;
#[cfg(target_os = "linux")]
use super::jack::JackPort;

/// Client name that other programs see.
const CLIENT: &str = "earmark";
/// Name of the port.
const PORT: &str = "tags";

/// Open MIDI output port.
pub struct MidiPort(Backend);

enum Backend {
    /// Port of the system's MIDI service.
    System(MidiOutputConnection),
    /// Port of JACK.
    #[cfg(target_os = "linux")]
    Jack(JackPort),
}

impl MidiPort {
    /// Opens a port that other programs can connect to, or, if `to` is given, connects to the first port whose name
    /// contains it. Blocks.
    ///
    /// # Errors
    /// If there is no MIDI system, or no such port.
    pub fn open(to: Option<&str>) -> Result<Self, MidiError> {
        match MidiOutput::new(CLIENT) {
            Ok(output) => system(output, to).map(Backend::System).map(Self),
            #[cfg(target_os = "linux")]
            Err(_) => JackPort::open(CLIENT, PORT, to).map(Backend::Jack).map(Self),
            #[cfg(not(target_os = "linux"))]
            Err(_) => Err(MidiError::Unavailable),
        }
    }

    /// Returns a description of the port for messages.
    pub fn describe(&self) -> String {
        match &self.0 {
            Backend::System(_) => format!("MIDI port {CLIENT}:{PORT}"),
            #[cfg(target_os = "linux")]
            Backend::Jack(port) => format!("MIDI port {} (JACK)", port.name()),
        }
    }

    /// Waits until all queued messages are sent, at most 200 ms. Blocks.
    pub(super) fn finish(&mut self) {
        match &mut self.0 {
            Backend::System(_) => {}
            #[cfg(target_os = "linux")]
            Backend::Jack(port) => port.finish(),
        }
    }

    /// Sends a message of up to three bytes; returns false if it was not sent.
    pub(super) fn send(&mut self, message: &[u8]) -> bool {
        match &mut self.0 {
            Backend::System(connection) => connection.send(message).is_ok(),
            #[cfg(target_os = "linux")]
            Backend::Jack(port) => port.send(message),
        }
    }
}

fn system(output: MidiOutput, to: Option<&str>) -> Result<MidiOutputConnection, MidiError> {
    let named = |output: &MidiOutput| -> Vec<_> {
        let ports = output.ports().into_iter();
        ports.filter_map(|port| Some((output.port_name(&port).ok()?, port))).collect()
    };
    let Some(to) = to else { return open_own(output) };
    let ports = named(&output);
    let known = ports.iter().map(|(name, _)| name.clone()).collect();
    let found = ports.into_iter().find(|(name, _)| name.contains(to));
    let (_, port) = found.ok_or(MidiError::NoPort { requested: to.to_owned(), known })?;
    output.connect(&port, PORT).map_err(|error| MidiError::OpenFailed(error.to_string()))
}

#[cfg(unix)]
fn open_own(output: MidiOutput) -> Result<MidiOutputConnection, MidiError> {
    use midir::os::unix::VirtualOutput;
    output.create_virtual(PORT).map_err(|error| MidiError::OpenFailed(error.to_string()))
}

/// Opens the first existing port: on this system programs cannot create virtual ports.
#[cfg(not(unix))]
fn open_own(output: MidiOutput) -> Result<MidiOutputConnection, MidiError> {
    let no_port = || MidiError::NoPort { requested: String::new(), known: Vec::new() };
    let port = output.ports().into_iter().next().ok_or_else(no_port)?;
    output.connect(&port, PORT).map_err(|error| MidiError::OpenFailed(error.to_string()))
}
