//! JACK MIDI port, for Linux systems without the ALSA sequencer.
//!
//! When a program opens a client after the end of a server, the library deletes all clients of that server. So the library
//! is not called with a client whose server may have ended, also not to close it.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use earmark_capture::backend_lock;
use jack::contrib::ClosureProcessHandler;
use jack::{AsyncClient, Client, ClientOptions, Control, MidiOut, NotificationHandler, PortFlags, ProcessScope};
use jack::{Frames, PortSpec as _, ProcessHandler, RawMidi};
use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapProd, HeapRb};

use super::error::MidiError;

/// Capacity of the queue of messages for the next process cycle.
const QUEUE_LEN: usize = 1024;

/// Number of polls of 10 ms after which the port is closed even if messages are queued.
const FLUSH_POLLS: usize = 20;

/// Time without process cycles after which the server is considered lost.
const STALL_TIMEOUT: Duration = Duration::from_millis(1500);
/// Time without process cycles after which the library is not called any more. Longer than a cycle.
const CALL_TIMEOUT: Duration = Duration::from_millis(400);

/// Message of up to three bytes, and the time at which it was due, in frames of the server.
struct QueuedMessage {
    bytes: [u8; 3],
    length: usize,
    at: Frames,
}

/// Open JACK MIDI port.
pub(super) struct JackPort {
    messages: HeapProd<QueuedMessage>,
    name: String,
    rate_hz: f64,
    /// Start of the times in `cycle`.
    epoch: Instant,
    /// Last process cycle: its first frame in the upper half, its time in microseconds since `epoch` in the lower half.
    cycle: Arc<AtomicU64>,
    /// Last known process cycle, and the instant of its last change.
    last_cycle: (u64, Instant),
    /// `None` only while the port is dropped.
    client: Option<Box<dyn OpenClient>>,
}

/// Active client of any handler.
trait OpenClient: Send {
    fn client(&self) -> &Client;
}

impl<N, P> OpenClient for AsyncClient<N, P>
where
    N: 'static + Send + Sync + NotificationHandler,
    P: 'static + Send + ProcessHandler,
{
    fn client(&self) -> &Client {
        self.as_client()
    }
}

impl JackPort {
    /// Registers a port. Blocks.
    pub(super) fn open(client: &str, port: &str) -> Result<Self, MidiError> {
        let _lock = backend_lock::lock();
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new(client, ClientOptions::NO_START_SERVER).map_err(|_| MidiError::Unavailable)?;
        let failed = |error: jack::Error| MidiError::OpenFailed(error.to_string());
        let mut port = client.register_port(port, MidiOut::default()).map_err(failed)?;
        let name = port.name().map_err(failed)?;
        let (messages, mut queued) = HeapRb::<QueuedMessage>::new(QUEUE_LEN).split();
        let (cycle, epoch, rate_hz) = (Arc::new(AtomicU64::new(0)), Instant::now(), f64::from(client.sample_rate()));
        let last = Arc::clone(&cycle);
        let handler = ClosureProcessHandler::new(move |_: &Client, cycle: &ProcessScope| {
            last.store(u64::from(cycle.last_frame_time()) << 32 | u64::from(micros(epoch)), Relaxed);
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
            Control::Continue
        });
        let client = client.activate_async((), handler).map_err(failed)?;
        let last_cycle = (0, Instant::now());
        Ok(Self { messages, name, rate_hz, epoch, cycle, last_cycle, client: Some(Box::new(client)) })
    }

    /// Connects the port to the first input port whose name contains `to`. Blocks.
    pub(super) fn connect(&mut self, to: &str) -> Result<(), MidiError> {
        let _lock = backend_lock::lock();
        if self.is_stalled(CALL_TIMEOUT) {
            return Err(MidiError::Unavailable);
        }
        let Some(client) = self.client.as_ref().map(|client| client.client()) else { return Ok(()) };
        let known = client.ports(None, Some(MidiOut::default().jack_port_type()), PortFlags::IS_INPUT);
        let found = known.iter().find(|name| name.contains(to));
        let found = found.ok_or_else(|| MidiError::NoPort { requested: to.to_owned(), known: known.clone() })?;
        client.connect_ports_by_name(&self.name, found).map_err(|error| MidiError::OpenFailed(error.to_string()))
    }

    /// Returns the full name of the port.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the server is lost: its process cycles have stopped.
    pub(super) fn is_lost(&mut self) -> bool {
        self.is_stalled(STALL_TIMEOUT)
    }

    /// Whether there was no process cycle for `time`, after the first one.
    fn is_stalled(&mut self, time: Duration) -> bool {
        let cycle = self.cycle.load(Relaxed);
        if cycle != self.last_cycle.0 {
            self.last_cycle = (cycle, Instant::now());
        }
        cycle > 0 && self.last_cycle.1.elapsed() > time
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
        let late = (late.as_secs_f64() * self.rate_hz) as Frames;
        self.messages.try_push(QueuedMessage { bytes, length, at: self.frame_time().wrapping_sub(late) }).is_ok()
    }

    /// Returns the present frame of the server, from its last process cycle and the time since then.
    fn frame_time(&self) -> Frames {
        let cycle = self.cycle.load(Relaxed);
        let (frame, at) = ((cycle >> 32) as Frames, cycle as u32);
        let elapsed_s = f64::from(micros(self.epoch).wrapping_sub(at)) / 1e6;
        frame.wrapping_add((elapsed_s * self.rate_hz) as Frames)
    }
}

impl Drop for JackPort {
    fn drop(&mut self) {
        let client = self.client.take();
        if self.is_stalled(CALL_TIMEOUT) {
            // The library closes the client itself, or has done so.
            mem::forget(client);
        } else {
            let _lock = backend_lock::lock();
            drop(client);
        }
    }
}

/// Returns the time since `epoch` in microseconds, modulo 2^32.
fn micros(epoch: Instant) -> u32 {
    epoch.elapsed().as_micros() as u32
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
