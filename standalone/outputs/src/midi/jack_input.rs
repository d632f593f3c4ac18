//! JACK MIDI input port, for Linux systems without the ALSA sequencer.

use std::time::{Duration, Instant};

use jack::{Client, MidiIn, ProcessScope};
use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{HeapCons, HeapRb};

use super::error::MidiError;
use super::jack_client::JackClient;
use super::received_message::ReceivedMessage;

/// Capacity of the queue of received messages. Messages that do not fit are dropped.
const QUEUE_LEN: usize = 1024;

/// Open JACK MIDI input port.
pub(super) struct JackInput {
    received: HeapCons<ReceivedMessage>,
    name: String,
    client: JackClient,
}

impl JackInput {
    /// Registers a port. Blocks.
    pub(super) fn open(client: &str, port: &str) -> Result<Self, MidiError> {
        let (mut messages, received) = HeapRb::<ReceivedMessage>::new(QUEUE_LEN).split();
        let (client, name) = JackClient::open(client, |client: &Client| {
            let port = client.register_port(port, MidiIn::default())?;
            let name = port.name()?;
            let rate = client.sample_rate();
            let process = move |cycle: &ProcessScope| {
                let now = Instant::now();
                for message in port.iter(cycle) {
                    // Messages of another length, such as clock and system exclusive, control nothing.
                    if let Ok(bytes) = <[u8; 3]>::try_from(message.bytes) {
                        // The messages of a cycle arrived during the period before it.
                        let frames = cycle.n_frames().saturating_sub(message.time);
                        let ago = Duration::from_secs_f64(f64::from(frames) / f64::from(rate));
                        let at = now.checked_sub(ago).unwrap_or(now);
                        let _ = messages.try_push(ReceivedMessage { bytes, at });
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
    pub(super) fn next(&mut self) -> Option<ReceivedMessage> {
        self.received.try_pop()
    }
}
