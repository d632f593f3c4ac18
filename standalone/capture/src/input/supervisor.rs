//! Supervisor of an input: a thread that opens the input, checks that frames arrive, closes a stalled stream and
//! reopens it.

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

/// Interval between two checks of a stream.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Time without frames after which a running stream is considered stalled.
const STALL_TIMEOUT: Duration = Duration::from_millis(1500);
/// Time within which a new stream must deliver its first frames.
const START_TIMEOUT: Duration = Duration::from_secs(4);
/// Interval between two attempts to open the input: initial and maximum.
const RETRY_BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));
/// Maximum time to wait for the end of the thread.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);

/// Connection state of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum InputState {
    /// The input is being opened.
    Opening,
    /// Samples arrive.
    Running {
        /// Id of the input.
        device: String,
        /// Sample rate and channel count of the stream.
        spec: StreamSpec,
    },
    /// The input cannot be opened or was lost. The supervisor tries again unless the error is permanent.
    Waiting(InputError),
    /// The supervisor has ended.
    Stopped,
}

/// State and counters of an input supervisor.
#[derive(Debug, Clone)]
pub struct InputStatus {
    /// Connection state.
    pub state: InputState,
    /// Number of streams that delivered samples.
    pub starts: u64,
    /// Number of failed attempts in a row.
    pub attempts: u32,
    /// Number of streams that could not be closed in time.
    pub abandoned: u64,
}

/// Supervisor that keeps an input open until it is dropped.
pub struct InputSupervisor {
    status: Arc<Mutex<InputStatus>>,
    /// Sender that stops the thread when it is dropped.
    stop: Option<Sender<()>>,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl InputSupervisor {
    /// Starts the supervisor of the requested input. `factory` creates the sinks. `notify` is called on the
    /// supervisor's thread whenever the state changes.
    ///
    /// # Errors
    /// If no thread can be started.
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

    /// Returns the current status. Any thread.
    pub fn status(&self) -> InputStatus {
        self.status.lock().clone()
    }
}

impl Drop for InputSupervisor {
    /// Stops the thread and waits until all samples are processed, at most 15 s: a backend may never return. Blocks.
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.ended.recv_timeout(SHUTDOWN_TIMEOUT) != Err(RecvTimeoutError::Timeout)
            && let Some(thread) = self.thread.take()
        {
            // The panic hook has reported a panic on standard error.
            let _ = thread.join();
        }
    }
}

/// State of the supervisor's thread.
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
        // The error of a lost stream is more specific than the later error that the input does not exist.
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
            let permanent = error.is_permanent();
            self.change(|status| {
                status.attempts += 1;
                status.state = InputState::Waiting(error);
            });
            if self.stop_with_timeout(if permanent { Duration::MAX } else { wait }) {
                break;
            }
            wait = (wait * 2).min(RETRY_BACKOFF.1);
        }
        self.change(|status| status.state = InputState::Stopped);
    }

    /// Watches a stream until it fails or stalls and returns the error; returns `None` when the supervisor is dropped.
    fn watch(&mut self, open: &OpenStream) -> Option<InputError> {
        let (mut frames, mut changed_at, mut running) = (self.stats.frames(), Instant::now(), false);
        loop {
            if self.stop_with_timeout(POLL_INTERVAL) {
                return None;
            }
            let now = self.stats.frames();
            if now != frames {
                (frames, changed_at) = (now, Instant::now());
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
            if changed_at.elapsed() > if running { STALL_TIMEOUT } else { START_TIMEOUT } {
                return Some(InputError::Silent { device: open.device.clone() });
            }
        }
    }

    /// Waits for `time`; returns true at once when the supervisor is dropped.
    fn stop_with_timeout(&self, time: Duration) -> bool {
        if time == Duration::MAX {
            // No message is ever sent: `recv` returns when the sender is dropped.
            let _ = self.stopped.recv();
            return true;
        }
        self.stopped.recv_timeout(time) != Err(RecvTimeoutError::Timeout)
    }

    /// Changes the status and calls `notify` if the state changed.
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
