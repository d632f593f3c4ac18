//! Receiver of MIDI notes and controllers.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use earmark_capture::worker_thread::WorkerThread;
use earmark_session::Instance;

use super::binding::RemoteBindings;
use super::log::{RemoteLog, RemoteNotice, RemoteStats};
use crate::midi::MidiInputPort;

/// Interval between two polls of the port. Messages have the time of their arrival, so that taps are exact.
const POLL_INTERVAL: Duration = Duration::from_millis(16);
/// Interval between two checks of the port.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Receiver of MIDI messages. Dropping it closes the port.
#[derive(Debug)]
pub struct MidiRemote {
    stats: Arc<RemoteStats>,
    _thread: WorkerThread<Sender<()>>,
}

impl MidiRemote {
    /// Starts to receive from `port`. Notes and controllers of `bindings` change the saved state of `instance`; others change
    /// nothing and are counted. `notify` is called on the receiving thread.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(
        port: MidiInputPort,
        instance: &Arc<Instance>,
        bindings: RemoteBindings,
        notify: impl FnMut(RemoteNotice) + Send + 'static,
    ) -> io::Result<Self> {
        let log = RemoteLog::new(notify);
        let stats = Arc::clone(&log.stats);
        let (sender, ended) = bounded(0);
        let mut thread = MidiRemoteThread { port, instance: Arc::clone(instance), bindings, log };
        let thread = WorkerThread::start("earmark-midi-in", sender, move || thread.run(&ended))?;
        Ok(Self { stats, _thread: thread })
    }

    /// Returns the counters.
    #[must_use]
    pub fn stats(&self) -> &Arc<RemoteStats> {
        &self.stats
    }
}

/// State of the receiving thread.
struct MidiRemoteThread {
    port: MidiInputPort,
    instance: Arc<Instance>,
    bindings: RemoteBindings,
    log: RemoteLog,
}

impl MidiRemoteThread {
    fn run(&mut self, ended: &Receiver<()>) {
        let mut check_due = Instant::now() + CHECK_INTERVAL;
        while ended.recv_timeout(POLL_INTERVAL) != Err(RecvTimeoutError::Disconnected) {
            let now = Instant::now();
            while let Some(message) = self.port.next() {
                self.message(message.bytes, message.at);
            }
            self.log.flush(now);
            if now >= check_due {
                if self.port.check() {
                    self.log.port(self.port.describe());
                }
                check_due = Instant::now() + CHECK_INTERVAL;
            }
        }
    }

    fn message(&mut self, message: [u8; 3], now: Instant) {
        let Some(commands) = self.bindings.of_midi(message) else {
            let [status, number, value] = message;
            let text =
                format!("expected a bound note or controller, got the bytes {status:02x} {number:02x} {value:02x}");
            return self.log.ignore(text, now);
        };
        self.log.accept();
        for command in commands {
            command.apply(self.instance.state(), now);
            self.log.command(command);
        }
    }
}
