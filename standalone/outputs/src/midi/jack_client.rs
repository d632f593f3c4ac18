//! Client of a JACK server that may end at any time.
//!
//! When a program opens a client after the end of a server, the library deletes all clients of that server. So the library
//! is not called with a client whose server may have ended, also not to close it.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use earmark_capture::backend_lock;
use jack::contrib::ClosureProcessHandler;
use jack::{AsyncClient, Client, ClientOptions, Control, Frames, NotificationHandler, PortFlags, PortSpec};
use jack::{ProcessHandler, ProcessScope};

use super::error::MidiError;

/// Time without process cycles after which the server is considered lost.
const STALL_TIMEOUT: Duration = Duration::from_millis(1500);
/// Time without process cycles after which the library is not called any more. Longer than a cycle.
const CALL_TIMEOUT: Duration = Duration::from_millis(400);

/// Active client of a JACK server.
pub(super) struct JackClient {
    rate_hz: f64,
    /// Start of the times in `cycle`.
    epoch: Instant,
    /// Last process cycle: its first frame in the upper half, its time in microseconds since `epoch` in the lower half.
    cycle: Arc<AtomicU64>,
    /// Last known process cycle, and the instant of its last change.
    last_cycle: (u64, Instant),
    /// `None` only while the client is dropped.
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

impl JackClient {
    /// Opens a client and activates it. `setup` registers its ports, and returns a value for the caller and the function
    /// that each process cycle calls on the real-time thread of the server. Blocks.
    ///
    /// # Errors
    /// [`MidiError::Unavailable`] if no server runs, otherwise the error of the server.
    pub(super) fn open<T, F>(
        name: &str,
        setup: impl FnOnce(&Client) -> Result<(T, F), jack::Error>,
    ) -> Result<(Self, T), MidiError>
    where
        F: FnMut(&ProcessScope) + Send + 'static,
    {
        let _lock = backend_lock::lock();
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new(name, ClientOptions::NO_START_SERVER).map_err(|_| MidiError::Unavailable)?;
        let failed = |error: jack::Error| MidiError::OpenFailed(error.to_string());
        let (value, mut process) = setup(&client).map_err(failed)?;
        let (cycle, epoch, rate_hz) = (Arc::new(AtomicU64::new(0)), Instant::now(), f64::from(client.sample_rate()));
        let last = Arc::clone(&cycle);
        let handler = ClosureProcessHandler::new(move |_: &Client, cycle: &ProcessScope| {
            last.store(u64::from(cycle.last_frame_time()) << 32 | u64::from(micros(epoch)), Relaxed);
            process(cycle);
            Control::Continue
        });
        let client = client.activate_async((), handler).map_err(failed)?;
        let last_cycle = (0, Instant::now());
        Ok((Self { rate_hz, epoch, cycle, last_cycle, client: Some(Box::new(client)) }, value))
    }

    /// Connects the MIDI port `own` to the first other MIDI port whose name contains `to`: an input port if `own` is an output
    /// port, and otherwise an output port. Blocks.
    ///
    /// # Errors
    /// If the server is lost or refuses, or there is no such port.
    pub(super) fn connect<P: PortSpec + Default>(&mut self, own: &str, to: &str) -> Result<(), MidiError> {
        let _lock = backend_lock::lock();
        if self.is_stalled(CALL_TIMEOUT) {
            return Err(MidiError::Unavailable);
        }
        let Some(client) = self.client.as_ref().map(|client| client.client()) else { return Ok(()) };
        let spec = P::default();
        let is_input = spec.jack_flags().contains(PortFlags::IS_INPUT);
        let others = if is_input { PortFlags::IS_OUTPUT } else { PortFlags::IS_INPUT };
        let known = client.ports(None, Some(spec.jack_port_type()), others);
        let found = known.iter().find(|name| name.contains(to));
        let found = found.ok_or_else(|| MidiError::NoPort { requested: to.to_owned(), known: known.clone() })?;
        let (source, target) = if is_input { (found.as_str(), own) } else { (own, found.as_str()) };
        client.connect_ports_by_name(source, target).map_err(|error| MidiError::OpenFailed(error.to_string()))
    }

    /// Whether the server is lost: its process cycles have stopped.
    pub(super) fn is_lost(&mut self) -> bool {
        self.is_stalled(STALL_TIMEOUT)
    }

    /// Returns the sample rate of the server in Hz.
    pub(super) fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Returns the present frame of the server, from its last process cycle and the time since then.
    pub(super) fn frame_time(&self) -> Frames {
        let cycle = self.cycle.load(Relaxed);
        let (frame, at) = ((cycle >> 32) as Frames, cycle as u32);
        let elapsed_s = f64::from(micros(self.epoch).wrapping_sub(at)) / 1e6;
        frame.wrapping_add((elapsed_s * self.rate_hz) as Frames)
    }

    /// Whether there was no process cycle for `time`, after the first one.
    fn is_stalled(&mut self, time: Duration) -> bool {
        let cycle = self.cycle.load(Relaxed);
        if cycle != self.last_cycle.0 {
            self.last_cycle = (cycle, Instant::now());
        }
        cycle > 0 && self.last_cycle.1.elapsed() > time
    }
}

impl Drop for JackClient {
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
