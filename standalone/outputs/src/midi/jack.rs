//! JACK MIDI port, for Linux systems without the ALSA sequencer.

use std::thread;
use std::time::Duration;

use jack::contrib::ClosureProcessHandler;
use jack::{Client, ClientOptions, Control, MidiOut, PortFlags, ProcessScope};
use jack::{PortSpec as _, RawMidi};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapProd, HeapRb};

use super::error::MidiError;

/// Capacity of the queue of messages for the next process cycle.
const QUEUE_LEN: usize = 1024;

/// Number of polls of 10 ms after which the port is closed even if messages are queued.
const FLUSH_POLLS: usize = 20;

/// Message of up to three bytes, and its length.
type ShortMessage = ([u8; 3], usize);

/// Open JACK MIDI port.
pub(super) struct JackPort {
    messages: HeapProd<ShortMessage>,
    name: String,
    // Dropped last: closes the client.
    _client: Box<dyn Send>,
}

impl JackPort {
    /// Registers a port, and connects it to the first input port whose name contains `to`, if given. Blocks.
    pub(super) fn open(client: &str, port: &str, to: Option<&str>) -> Result<Self, MidiError> {
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new(client, ClientOptions::NO_START_SERVER).map_err(|_| MidiError::Unavailable)?;
        let failed = |error: jack::Error| MidiError::OpenFailed(error.to_string());
        let mut port = client.register_port(port, MidiOut::default()).map_err(failed)?;
        let name = port.name().map_err(failed)?;
        let (messages, mut queued) = HeapRb::<ShortMessage>::new(QUEUE_LEN).split();
        let handler = ClosureProcessHandler::new(move |_: &Client, cycle: &ProcessScope| {
            let mut writer = port.writer(cycle);
            while let Some(&(bytes, length)) = queued.try_peek() {
                if writer.write(&RawMidi { time: 0, bytes: &bytes[..length] }).is_err() {
                    // The buffer of this cycle is full: the rest is sent in the next cycle.
                    break;
                }
                let _ = queued.try_pop();
            }
            Control::Continue
        });
        let client = client.activate_async((), handler).map_err(failed)?;
        if let Some(to) = to {
            connect(client.as_client(), &name, to)?;
        }
        Ok(Self { messages, name, _client: Box::new(client) })
    }

    /// Returns the full name of the port.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Waits until the process cycles have sent all queued messages, at most 200 ms: a stopped server sends none.
    /// Blocks.
    pub(super) fn finish(&mut self) {
        for _ in 0..FLUSH_POLLS {
            if self.messages.is_empty() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Queues a message; returns false when the queue is full. Does not block.
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
    let found = found.ok_or_else(|| MidiError::NoPort { requested: to.to_owned(), known: known.clone() })?;
    client.connect_ports_by_name(from, found).map_err(|error| MidiError::OpenFailed(error.to_string()))
}
