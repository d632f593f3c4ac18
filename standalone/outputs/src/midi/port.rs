//! MIDI output port of the system's MIDI service, or of JACK if the system has none.

#[cfg(target_os = "linux")]
use std::path::Path;
use std::time::{Duration, Instant};

use midir::{MidiOutput, MidiOutputConnection};

use super::error::MidiError;
#[cfg(target_os = "linux")]
use super::jack::JackPort;

/// Client name that other programs see.
const CLIENT: &str = "earmark";
/// Name of the port.
const PORT: &str = "tags";
/// Device of the ALSA sequencer.
#[cfg(target_os = "linux")]
pub(super) const SEQUENCER: &str = "/dev/snd/seq";

/// Time after the loss of a MIDI system before the port is opened again. The input closes its client of the same sound server
/// meanwhile, which would be too late after the port has opened another one.
pub(super) const REOPEN_DELAY: Duration = Duration::from_secs(5);

/// MIDI output port, which opens again when its MIDI system returns.
pub struct MidiPort {
    /// Requested part of the name of the port to connect to.
    to: Option<String>,
    /// `None` while there is no MIDI system.
    backend: Option<Backend>,
    /// Whether the port is still to be connected to `to`.
    unconnected: bool,
    /// Time of the last loss of the MIDI system.
    lost_at: Option<Instant>,
}

enum Backend {
    /// Port of the system's MIDI service.
    System(MidiOutputConnection),
    /// Port of JACK.
    #[cfg(target_os = "linux")]
    Jack(JackPort),
}

/// Change of a port found by [`MidiPort::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortChange {
    /// The MIDI system is gone.
    Lost,
    /// The port is open again.
    Opened,
}

impl MidiPort {
    /// Opens a port that other programs can connect to, or, if `to` is given, connects to the first port whose name
    /// contains it. Blocks.
    ///
    /// # Errors
    /// If there is no MIDI system, or no such port.
    pub fn open(to: Option<&str>) -> Result<Self, MidiError> {
        let mut port = Self::closed(to);
        port.backend = Some(open(to)?);
        port.connect()?;
        Ok(port)
    }

    /// Creates a port that opens when there is a MIDI system. `to` is as in [`MidiPort::open`].
    #[must_use]
    pub fn closed(to: Option<&str>) -> Self {
        Self { to: to.map(str::to_owned), backend: None, unconnected: to.is_some(), lost_at: None }
    }

    /// Returns a description of the port for messages; `None` while the port is closed.
    pub fn describe(&self) -> Option<String> {
        let text = match self.backend.as_ref()? {
            Backend::System(_) => format!("MIDI port {CLIENT}:{PORT}"),
            #[cfg(target_os = "linux")]
            Backend::Jack(port) => format!("MIDI port {} (JACK)", port.name()),
        };
        Some(text)
    }

    /// Closes a port whose MIDI system is gone, and tries to open and connect a closed one. Blocks.
    pub(super) fn check(&mut self) -> Option<PortChange> {
        let was_open = self.backend.is_some();
        #[cfg(target_os = "linux")]
        if let Some(Backend::Jack(port)) = &mut self.backend
            && port.is_lost()
        {
            self.backend = None;
            self.unconnected = self.to.is_some();
            self.lost_at = Some(Instant::now());
            return Some(PortChange::Lost);
        }
        if self.lost_at.is_some_and(|at| at.elapsed() < REOPEN_DELAY) {
            return None;
        }
        self.lost_at = None;
        if !was_open {
            self.backend = open(self.to.as_deref()).ok();
        }
        // The receiver may come back later than the MIDI system.
        let _ = self.connect();
        (!was_open && self.backend.is_some()).then_some(PortChange::Opened)
    }

    /// Connects an open port of JACK to the requested port, unless it was connected.
    fn connect(&mut self) -> Result<(), MidiError> {
        #[cfg(target_os = "linux")]
        if let (true, Some(to), Some(Backend::Jack(port))) = (self.unconnected, &self.to, &mut self.backend) {
            port.connect(to)?;
        }
        self.unconnected &= self.backend.is_none();
        Ok(())
    }

    /// Waits until all queued messages are sent, at most 200 ms. Blocks.
    pub(super) fn finish(&mut self) {
        match &mut self.backend {
            Some(Backend::System(_)) | None => {}
            #[cfg(target_os = "linux")]
            Some(Backend::Jack(port)) => port.finish(),
        }
    }

    /// Sends a message of up to three bytes; returns false if it was not sent.
    pub(super) fn send(&mut self, message: &[u8]) -> bool {
        self.send_late(message, Duration::ZERO)
    }

    /// Sends a message that was due `late` ago. JACK, which sends every message one period later, makes up for it.
    pub(super) fn send_late(&mut self, message: &[u8], late: Duration) -> bool {
        match &mut self.backend {
            Some(Backend::System(connection)) => connection.send(message).is_ok(),
            #[cfg(target_os = "linux")]
            Some(Backend::Jack(port)) => port.send(message, late),
            None => false,
        }
    }
}

/// Opens a port of the MIDI service, which is connected to `to`, or a port of JACK, which is not.
fn open(to: Option<&str>) -> Result<Backend, MidiError> {
    // The ALSA library writes to standard error if there is no sequencer.
    #[cfg(target_os = "linux")]
    if !Path::new(SEQUENCER).exists() {
        return JackPort::open(CLIENT, PORT).map(Backend::Jack);
    }
    match MidiOutput::new(CLIENT) {
        Ok(output) => system(output, to).map(Backend::System),
        #[cfg(target_os = "linux")]
        Err(_) => JackPort::open(CLIENT, PORT).map(Backend::Jack),
        #[cfg(not(target_os = "linux"))]
        Err(_) => Err(MidiError::Unavailable),
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
