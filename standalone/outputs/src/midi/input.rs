//! MIDI input port of the system's MIDI service, or of JACK if the system has none.

#[cfg(target_os = "linux")]
use std::path::Path;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};
use midir::{Ignore, MidiInput, MidiInputConnection};

use super::error::MidiError;
#[cfg(target_os = "linux")]
use super::jack_input::JackInput;
use super::port::REOPEN_DELAY;
#[cfg(target_os = "linux")]
use super::port::SEQUENCER;
use super::received_message::ReceivedMessage;

/// Client name that other programs see.
const CLIENT: &str = "earmark-remote";
/// Name of the port.
const PORT: &str = "control";
/// Capacity of the queue of received messages. Messages that do not fit are dropped.
const QUEUE_LEN: usize = 1024;

/// MIDI input port, which opens again when its MIDI system returns. Messages of three bytes are received.
pub struct MidiInputPort {
    /// Requested part of the name of the port to connect to.
    from: Option<String>,
    /// `None` while there is no MIDI system.
    backend: Option<InputBackend>,
    /// Whether the port is still to be connected to `from`.
    unconnected: bool,
    /// Time of the last loss of the MIDI system.
    lost_at: Option<Instant>,
}

enum InputBackend {
    /// Port of the system's MIDI service. Dropping the connection closes the port.
    System(Receiver<ReceivedMessage>, #[expect(dead_code, reason = "keeps the port open")] MidiInputConnection<()>),
    /// Port of JACK.
    #[cfg(target_os = "linux")]
    Jack(JackInput),
}

impl MidiInputPort {
    /// Opens a port that other programs can connect to, or, if `from` is given, connects to the first port whose name
    /// contains it. Blocks.
    ///
    /// # Errors
    /// If there is no MIDI system, or no such port.
    pub fn open(from: Option<&str>) -> Result<Self, MidiError> {
        let mut port = Self::closed(from);
        port.backend = Some(open(from)?);
        port.connect()?;
        Ok(port)
    }

    /// Creates a port that opens when there is a MIDI system. `from` is as in [`MidiInputPort::open`].
    #[must_use]
    pub fn closed(from: Option<&str>) -> Self {
        Self { from: from.map(str::to_owned), backend: None, unconnected: from.is_some(), lost_at: None }
    }

    /// Returns a description of the port for messages; `None` while the port is closed.
    #[must_use]
    pub fn describe(&self) -> Option<String> {
        let text = match self.backend.as_ref()? {
            InputBackend::System(..) => format!("MIDI input {CLIENT}:{PORT}"),
            #[cfg(target_os = "linux")]
            InputBackend::Jack(port) => format!("MIDI input {} (JACK)", port.name()),
        };
        Some(text)
    }

    /// Closes a port whose MIDI system is gone, and tries to open and connect a closed one. Returns whether the port was
    /// opened or closed. Blocks.
    pub(crate) fn check(&mut self) -> bool {
        let was_open = self.backend.is_some();
        #[cfg(target_os = "linux")]
        if let Some(InputBackend::Jack(port)) = &mut self.backend
            && port.is_lost()
        {
            (self.backend, self.unconnected, self.lost_at) = (None, self.from.is_some(), Some(Instant::now()));
            return true;
        }
        if self.lost_at.is_some_and(|at| at.elapsed() < REOPEN_DELAY) {
            return false;
        }
        self.lost_at = None;
        if !was_open {
            self.backend = open(self.from.as_deref()).ok();
        }
        // The sender may come back later than the MIDI system.
        let _ = self.connect();
        !was_open && self.backend.is_some()
    }

    /// Returns the next received message, if any. Does not block.
    pub(crate) fn next(&mut self) -> Option<ReceivedMessage> {
        match self.backend.as_mut()? {
            InputBackend::System(received, _) => received.try_recv().ok(),
            #[cfg(target_os = "linux")]
            InputBackend::Jack(port) => port.next(),
        }
    }

    /// Connects an open port of JACK to the requested port, unless it was connected.
    fn connect(&mut self) -> Result<(), MidiError> {
        #[cfg(target_os = "linux")]
        if let (true, Some(from), Some(InputBackend::Jack(port))) = (self.unconnected, &self.from, &mut self.backend) {
            port.connect(from)?;
        }
        self.unconnected &= self.backend.is_none();
        Ok(())
    }
}

/// Opens a port of the MIDI service, which is connected to `from`, or a port of JACK, which is not.
fn open(from: Option<&str>) -> Result<InputBackend, MidiError> {
    // The ALSA library writes to standard error if there is no sequencer.
    #[cfg(target_os = "linux")]
    if !Path::new(SEQUENCER).exists() {
        return JackInput::open(CLIENT, PORT).map(InputBackend::Jack);
    }
    match MidiInput::new(CLIENT) {
        Ok(input) => system(input, from),
        #[cfg(target_os = "linux")]
        Err(_) => JackInput::open(CLIENT, PORT).map(InputBackend::Jack),
        #[cfg(not(target_os = "linux"))]
        Err(_) => Err(MidiError::Unavailable),
    }
}

fn system(mut input: MidiInput, from: Option<&str>) -> Result<InputBackend, MidiError> {
    input.ignore(Ignore::All);
    let (messages, received) = bounded(QUEUE_LEN);
    let Some(from) = from else {
        return open_own(input, messages).map(|connection| InputBackend::System(received, connection));
    };
    let ports = input.ports().into_iter();
    let ports: Vec<_> = ports.filter_map(|port| Some((input.port_name(&port).ok()?, port))).collect();
    let known = ports.iter().map(|(name, _)| name.clone()).collect();
    let found = ports.into_iter().find(|(name, _)| name.contains(from));
    let (_, port) = found.ok_or(MidiError::NoPort { requested: from.to_owned(), known })?;
    let connection = input.connect(&port, PORT, move |_, bytes, ()| queue(&messages, bytes), ());
    let connection = connection.map_err(|error| MidiError::OpenFailed(error.to_string()))?;
    Ok(InputBackend::System(received, connection))
}

/// Queues a message of three bytes; others control nothing.
fn queue(messages: &Sender<ReceivedMessage>, bytes: &[u8]) {
    if let Ok(bytes) = <[u8; 3]>::try_from(bytes) {
        let _ = messages.try_send(ReceivedMessage { bytes, at: Instant::now() });
    }
}

#[cfg(unix)]
fn open_own(input: MidiInput, messages: Sender<ReceivedMessage>) -> Result<MidiInputConnection<()>, MidiError> {
    use midir::os::unix::VirtualInput;
    let connection = input.create_virtual(PORT, move |_, bytes, ()| queue(&messages, bytes), ());
    connection.map_err(|error| MidiError::OpenFailed(error.to_string()))
}

/// Connects to the first existing port: on this system programs cannot create virtual ports.
#[cfg(not(unix))]
fn open_own(input: MidiInput, messages: Sender<ReceivedMessage>) -> Result<MidiInputConnection<()>, MidiError> {
    let no_port = || MidiError::NoPort { requested: String::new(), known: Vec::new() };
    let port = input.ports().into_iter().next().ok_or_else(no_port)?;
    let connection = input.connect(&port, PORT, move |_, bytes, ()| queue(&messages, bytes), ());
    connection.map_err(|error| MidiError::OpenFailed(error.to_string()))
}
