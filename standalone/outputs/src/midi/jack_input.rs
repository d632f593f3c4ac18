//! JACK MIDI input port, for Linux systems without the ALSA sequencer.

use jack::{Client, MidiIn, ProcessScope};
use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{HeapCons, HeapRb};

use super::error::MidiError;
use super::jack_client::JackClient;

/// Capacity of the queue of received messages. Messages that do not fit are dropped.
const QUEUE_LEN: usize = 1024;

/// Open JACK MIDI input port.
pub(super) struct JackInput {
    received: HeapCons<[u8; 3]>,
    name: String,
    client: JackClient,
}

impl JackInput {
    /// Registers a port. Blocks.
    pub(super) fn open(client: &str, port: &str) -> Result<Self, MidiError> {
        let (mut messages, received) = HeapRb::<[u8; 3]>::new(QUEUE_LEN).split();
        let (client, name) = JackClient::open(client, |client: &Client| {
            let port = client.register_port(port, MidiIn::default())?;
            let name = port.name()?;
            let process = move |cycle: &ProcessScope| {
                for message in port.iter(cycle) {
                    // Messages of another length, such as clock and system exclusive, control nothing.
                    if let Ok(message) = <[u8; 3]>::try_from(message.bytes) {
                        let _ = messages.try_push(message);
                    }
                }
            };
            Ok((name, process))
        })?;
        Ok(Self { received, name, client })
    }

    /// Connects the port to the first output port whose name contains `to`. Blocks.
    pub(super) fn connect(&mut self, to: &str) -> Result<(), MidiError> {
        self.client.connect::<MidiIn>(&self.name, to)
    }

    /// Returns the full name of the port.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the server is lost: its process cycles have stopped.
    pub(super) fn is_lost(&mut self) -> bool {
        self.client.is_lost()
    }

    /// Returns the next received message, if any. Does not block.
    pub(super) fn next(&mut self) -> Option<[u8; 3]> {
        self.received.try_pop()
    }
}
