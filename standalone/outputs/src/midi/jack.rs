//! JACK MIDI output port, for Linux systems without the ALSA sequencer.

use std::thread;
use std::time::Duration;

use jack::{Client, Frames, MidiOut, ProcessScope, RawMidi};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapProd, HeapRb};

use super::error::MidiError;
use super::jack_client::JackClient;

/// Capacity of the queue of messages for the next process cycle.
const QUEUE_LEN: usize = 1024;

/// Number of polls of 10 ms after which the port is closed even if messages are queued.
const FLUSH_POLLS: usize = 20;

/// Message of up to three bytes, and the time at which it was due, in frames of the server.
struct QueuedMessage {
    bytes: [u8; 3],
    length: usize,
    at: Frames,
}

/// Open JACK MIDI output port.
pub(super) struct JackPort {
    messages: HeapProd<QueuedMessage>,
    name: String,
    client: JackClient,
}

impl JackPort {
    /// Registers a port. Blocks.
    pub(super) fn open(client: &str, port: &str) -> Result<Self, MidiError> {
        let (messages, mut queued) = HeapRb::<QueuedMessage>::new(QUEUE_LEN).split();
        let (client, name) = JackClient::open(client, |client: &Client| {
            let mut port = client.register_port(port, MidiOut::default())?;
            let name = port.name()?;
            let process = move |cycle: &ProcessScope| {
                let (start, frames) = (cycle.last_frame_time(), cycle.n_frames());
                let (mut writer, mut earliest) = (port.writer(cycle), 0);
                while let Some(QueuedMessage { bytes, length, at }) = queued.try_peek() {
                    let Some(time) = offset(*at, start, frames) else { break };
                    // A message that was queued late is not sent before the one before it.
                    let time = time.max(earliest);
                    earliest = time;
                    if writer.write(&RawMidi { time, bytes: &bytes[..*length] }).is_err() {
                        // The buffer of this cycle is full: the rest is sent in the next cycle.
                        break;
                    }
                    let _ = queued.try_pop();
                }
            };
            Ok((name, process))
        })?;
        Ok(Self { messages, name, client })
    }

    /// Connects the port to the first input port whose name contains `to`. Blocks.
    pub(super) fn connect(&mut self, to: &str) -> Result<(), MidiError> {
        self.client.connect::<MidiOut>(&self.name, to)
    }

    /// Returns the full name of the port.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the server is lost: its process cycles have stopped.
    pub(super) fn is_lost(&mut self) -> bool {
        self.client.is_lost()
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

    /// Queues a message that was due `late` ago; returns false when the queue is full. Does not block.
    pub(super) fn send(&mut self, message: &[u8], late: Duration) -> bool {
        let (mut bytes, length) = ([0; 3], message.len());
        let Some(to) = bytes.get_mut(..length) else { return false };
        to.copy_from_slice(message);
        let late = (late.as_secs_f64() * self.client.rate_hz()) as Frames;
        self.messages.try_push(QueuedMessage { bytes, length, at: self.client.frame_time().wrapping_sub(late) }).is_ok()
    }
}

/// Returns the offset of a message that was due at frame `at`, in the cycle of `frames` frames that begins at frame
/// `start`; `None` if the message belongs to a later cycle.
///
/// A message is sent one cycle after it was due, at the same offset, so that the intervals of messages are kept.
fn offset(at: Frames, start: Frames, frames: Frames) -> Option<Frames> {
    // Frame times wrap around.
    let offset = i64::from(at.wrapping_add(frames).wrapping_sub(start).cast_signed());
    let frames = i64::from(frames);
    match offset {
        _ if offset >= 0 && offset < frames => u32::try_from(offset).ok(),
        _ if offset >= frames && offset < 2 * frames => None,
        // The message is late, or the server has set its clock.
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_intervals_across_cycles() {
        let frames = 1024;
        for begin in [0_u32, 5_000, u32::MAX - 3_000] {
            // Ticks of a clock at 110 BPM and 48 kHz, each sent by the first cycle that accepts it.
            let sent: Vec<u32> = (0..40)
                .map(|tick| {
                    let at = begin.wrapping_add(tick * 1_090);
                    // The cycle after the one in which the tick was queued.
                    let mut start = begin.wrapping_add(tick * 1_090 / frames * frames);
                    loop {
                        if let Some(offset) = offset(at, start, frames) {
                            return start.wrapping_add(offset);
                        }
                        start = start.wrapping_add(frames);
                    }
                })
                .collect();
            let intervals: Vec<u32> = sent.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
            assert!(intervals.iter().all(|interval| *interval == 1_090), "{intervals:?}");
        }
        assert_eq!(offset(100, 5_000, frames), Some(0), "late");
        assert_eq!(offset(9_000, 5_000, frames), Some(0), "the server has set its clock");
    }
}
