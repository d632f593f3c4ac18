//! Supervisor of an input: a thread that opens it, watches its frames, closes it when it is dead, and tries again.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::error::InputError;
use super::input_stats::InputStats;
use super::open_stream::{self, InputRequest, OpenStream};
use crate::sinks::{SinkFactory, StreamSpec};

/// Time between two checks of a stream.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Time without frames after which a stream is dead.
const STALL_TIMEOUT: Duration = Duration::from_millis(1500);
/// Time without frames after which a stream is dead that has given none yet.
const START_TIMEOUT: Duration = Duration::from_secs(4);
/// Time between two attempts: the first, and the longest.
const RETRY_BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));
/// Time after which the end of the thread is not waited for any longer.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);

/// Connection state of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum InputState {
    /// The input is being opened.
    Opening,
    /// Samples come.
    Running {
        /// Id of the input.
        device: String,
        /// Form of the stream.
        spec: StreamSpec,
    },
    /// There is no input; it is tried again unless the error is permanent.
    Waiting(InputError),
    /// The supervisor has ended.
    Stopped,
}

/// State and counters of a supervisor.
#[derive(Debug, Clone)]
pub struct InputStatus {
    /// Connection state.
    pub state: InputState,
    /// Number of streams that gave samples.
    pub starts: u64,
    /// Number of failed attempts in a row.
    pub attempts: u32,
    /// Number of streams that could not be closed in time.
    pub abandoned: u64,
}

/// Input that is kept open until this is dropped.
pub struct InputSupervisor {
    status: Arc<Mutex<InputStatus>>,
    /// Dropping it stops the thread.
    stop: Option<Sender<()>>,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl InputSupervisor {
    /// Starts to keep the requested input open, with sinks that `factory` makes. `notify` is called with every change of the
    /// state, on the supervisor's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        request: InputRequest,
        stats: Arc<InputStats>,
        factory: SinkFactory,
        notify: Box<dyn FnMut(&InputStatus) + Send>,
    ) -> io::Result<Self> {
        let status = InputStatus { state: InputState::Opening, starts: 0, attempts: 0, abandoned: 0 };
        let status = Arc::new(Mutex::new(status));
        let (stop, stopped) = channel();
        let (end, ended) = channel();
        let mut supervisor = SupervisorThread { request, stats, factory, notify, status: Arc::clone(&status), stopped };
        let thread = thread::Builder::new().name("earmark-input".into()).spawn(move || {
            supervisor.run();
            let _ = end.send(());
        })?;
        Ok(Self { status, stop: Some(stop), ended, thread: Some(thread) })
    }

    /// Current status.
    pub fn status(&self) -> InputStatus {
        self.status.lock().clone()
    }
}

impl Drop for InputSupervisor {
    /// Stops, and waits until everything was processed; at most 15 s, as a sound system may never answer.
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.ended.recv_timeout(SHUTDOWN_TIMEOUT) != Err(RecvTimeoutError::Timeout)
            && let Some(thread) = self.thread.take()
        {
            // A panic has been reported on standard error.
            let _ = thread.join();
        }
    }
}

/// State of the thread.
struct SupervisorThread {
    request: InputRequest,
    stats: Arc<InputStats>,
    factory: SinkFactory,
    notify: Box<dyn FnMut(&InputStatus) + Send>,
    status: Arc<Mutex<InputStatus>>,
    stopped: Receiver<()>,
}

impl SupervisorThread {
    fn run(&mut self) {
        let mut wait = RETRY_BACKOFF.0;
        // The reason of a loss says more than that the input is still missing.
        let mut last_error: Option<InputError> = None;
        loop {
            let error = match open_stream::open(&self.request, &self.stats, &mut self.factory) {
                Ok(open) => {
                    let frames_before = self.stats.frames();
                    let error = self.watch(&open);
                    let in_time = open.close(&mut self.factory);
                    let ran = self.stats.frames() > frames_before;
                    self.change(|status| status.abandoned += u64::from(!in_time));
                    if ran {
                        wait = RETRY_BACKOFF.0;
                        last_error.clone_from(&error);
                    }
                    error
                }
                Err(error) if error.is_not_found() => last_error.clone().or(Some(error)),
                Err(error) => Some(error),
            };
            let Some(error) = error else { break };
            let last = error.is_permanent();
            self.change(|status| {
                status.attempts += 1;
                status.state = InputState::Waiting(error);
            });
            if self.stop_with_timeout(if last { Duration::MAX } else { wait }) {
                break;
            }
            wait = (wait * 2).min(RETRY_BACKOFF.1);
        }
        self.change(|status| status.state = InputState::Stopped);
    }

    /// Watches a stream until it is dead and returns the reason, or until the supervisor is dropped.
    fn watch(&mut self, open: &OpenStream) -> Option<InputError> {
        let (mut frames, mut moved, mut running) = (self.stats.frames(), Instant::now(), false);
        loop {
            if self.stop_with_timeout(POLL_INTERVAL) {
                return None;
            }
            let now = self.stats.frames();
            if now != frames {
                (frames, moved) = (now, Instant::now());
                if !std::mem::replace(&mut running, true) {
                    let state = InputState::Running { device: open.device.clone(), spec: open.spec };
                    self.change(|status| {
                        status.starts += 1;
                        status.attempts = 0;
                        status.state = state;
                    });
                }
            }
            if let Some(kind) = open.errors.fatal() {
                return Some(InputError::of_kind(&open.device, kind, None));
            }
            if moved.elapsed() > if running { STALL_TIMEOUT } else { START_TIMEOUT } {
                return Some(InputError::Silent { device: open.device.clone() });
            }
        }
    }

    fn stop_with_timeout(&self, time: Duration) -> bool {
        if time == Duration::MAX {
            // Nothing is ever sent: this returns when the sender is dropped.
            let _ = self.stopped.recv();
            return true;
        }
        self.stopped.recv_timeout(time) != Err(RecvTimeoutError::Timeout)
    }

    /// Changes the status, and notifies if the state differs.
    fn change(&mut self, change: impl FnOnce(&mut InputStatus)) {
        let mut status = self.status.lock();
        let before = status.state.clone();
        change(&mut status);
        let now = status.clone();
        drop(status);
        if now.state != before {
            (self.notify)(&now);
        }
    }
}
