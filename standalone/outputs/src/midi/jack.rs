//! A MIDI port of JACK, for Linux without the ALSA sequencer.

use std::thread;
use std::time::Duration;

use jack::contrib::ClosureProcessHandler;
use jack::{Client, ClientOptions, Control, MidiOut, PortFlags, ProcessScope};
use jack::{PortSpec as _, RawMidi};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapProd, HeapRb};

use super::port::MidiTrouble;

/// Messages that wait for the next cycle.
const WAITING: usize = 1024;

/// How often the end is waited for, 10 ms each.
const FINISHING: usize = 20;

/// A message of up to three bytes.
type Short = ([u8; 3], usize);

/// An open port.
pub(crate) struct JackPort {
    messages: HeapProd<Short>,
    name: String,
    // Dropped last: the client ends.
    _client: Box<dyn Send>,
}

impl JackPort {
    /// Registers a port, and connects it to a port whose name contains `to` if that is wished.
    pub(super) fn open(client: &str, port: &str, to: Option<&str>) -> Result<Self, MidiTrouble> {
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new(client, ClientOptions::NO_START_SERVER).map_err(|_| MidiTrouble::NoSystem)?;
        let refused = |error: jack::Error| MidiTrouble::Refused(error.to_string());
        let mut port = client.register_port(port, MidiOut::default()).map_err(refused)?;
        let name = port.name().map_err(refused)?;
        let (messages, mut waiting) = HeapRb::<Short>::new(WAITING).split();
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
        let client = client.activate_async((), handler).map_err(refused)?;
        if let Some(to) = to {
            connect(client.as_client(), &name, to)?;
        }
        Ok(Self { messages, name, _client: Box::new(client) })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Waits for the next cycles, which take what is waiting; a server that is gone takes nothing.
    pub(super) fn finish(&mut self) {
        for _ in 0..FINISHING {
            if self.messages.is_empty() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(super) fn send(&mut self, message: &[u8]) -> bool {
        let mut bytes = [0; 3];
        let Some(to) = bytes.get_mut(..message.len()) else { return false };
        to.copy_from_slice(message);
        self.messages.try_push((bytes, message.len())).is_ok()
    }
}

fn connect(client: &Client, from: &str, to: &str) -> Result<(), MidiTrouble> {
    let known = client.ports(None, Some(MidiOut::default().jack_port_type()), PortFlags::IS_INPUT);
    let found = known.iter().find(|name| name.contains(to));
    let found = found.ok_or_else(|| MidiTrouble::NoPort { asked: to.to_owned(), known: known.clone() })?;
    client.connect_ports_by_name(from, found).map_err(|error| MidiTrouble::Refused(error.to_string()))
}
