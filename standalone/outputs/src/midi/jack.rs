//! MIDI port of JACK, for Linux without the ALSA sequencer.

use std::thread;
use std::time::Duration;

use jack::contrib::ClosureProcessHandler;
use jack::{Client, ClientOptions, Control, MidiOut, PortFlags, ProcessScope};
use jack::{PortSpec as _, RawMidi};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapProd, HeapRb};

use super::error::MidiError;

/// Number of messages that wait for the next cycle.
const QUEUE_LEN: usize = 1024;

/// Number of polls, 10 ms each, until the port is closed with messages in the queue.
const FLUSH_POLLS: usize = 20;

/// Message of up to three bytes.
type ShortMessage = ([u8; 3], usize);

/// Open port.
pub(super) struct JackPort {
    messages: HeapProd<ShortMessage>,
    name: String,
    // Dropped last: the client ends.
    _client: Box<dyn Send>,
}

impl JackPort {
    /// Registers a port, and connects it to one whose name contains `to` if that is given. Blocks.
    pub(super) fn open(client: &str, port: &str, to: Option<&str>) -> Result<Self, MidiError> {
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new(client, ClientOptions::NO_START_SERVER).map_err(|_| MidiError::Unavailable)?;
        let failed = |error: jack::Error| MidiError::OpenFailed(error.to_string());
        let mut port = client.register_port(port, MidiOut::default()).map_err(failed)?;
        let name = port.name().map_err(failed)?;
        let (messages, mut waiting) = HeapRb::<ShortMessage>::new(QUEUE_LEN).split();
        let handler = ClosureProcessHandler::new(move |_: &Client, cycle: &ProcessScope| {
            let mut writer = port.writer(cycle);
            while let Some(&(bytes, length)) = waiting.try_peek() {
                if writer.write(&RawMidi { time: 0, bytes: &bytes[..length] }).is_err() {
                    // The cycle is full; the next one takes the rest.
                    break;
                }
                let _ = waiting.try_pop();
            }
            Control::Continue
        });
        let client = client.activate_async((), handler).map_err(failed)?;
        if let Some(to) = to {
            connect(client.as_client(), &name, to)?;
        }
        Ok(Self { messages, name, _client: Box::new(client) })
    }

    /// Name of the port.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Waits for the next cycles, which take what is in the queue; a server that is gone takes nothing. Blocks for at most
    /// 200 ms.
    pub(super) fn finish(&mut self) {
        for _ in 0..FLUSH_POLLS {
            if self.messages.is_empty() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a message; false when the queue is full.
    pub(super) fn send(&mut self, message: &[u8]) -> bool {
        let mut bytes = [0; 3];
        let Some(to) = bytes.get_mut(..message.len()) else { return false };
        to.copy_from_slice(message);
        self.messages.try_push((bytes, message.len())).is_ok()
    }
}

fn connect(client: &Client, from: &str, to: &str) -> Result<(), MidiError> {
    let known = client.ports(None, Some(MidiOut::default().jack_port_type()), PortFlags::IS_INPUT);
    let found = known.iter().find(|name| name.contains(to));
    let found = found.ok_or_else(|| MidiError::NoPort { asked: to.to_owned(), known: known.clone() })?;
    client.connect_ports_by_name(from, found).map_err(|error| MidiError::OpenFailed(error.to_string()))
}
