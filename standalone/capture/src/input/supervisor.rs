//! Keeps an input open: a thread that opens it, watches its frames, lets go of it when it is dead, and tries again.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Trouble;
use super::ears::{Hearing, StreamSpec};
use super::feed::Shared;
use super::opening::{self, Open};
use parking_lot::Mutex;

pub(crate) use super::opening::Wish;

/// Time between two looks at a stream.
const LOOK: Duration = Duration::from_millis(50);
/// A stream without frames for so long is dead, whatever it says.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Before it gave its first frames, it may take longer.
const FIRST_PATIENCE: Duration = Duration::from_secs(4);
/// Waiting times between two attempts: the first, and the longest.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));
/// How long the end of the thread is waited for.
const ENDING: Duration = Duration::from_secs(15);

/// How an input is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    /// It is being opened.
    Opening,
    /// It runs.
    Running {
        /// Its id.
        device: String,
        /// Its form.
        spec: StreamSpec,
    },
    /// It gives no sound, and is tried again if that is of any use.
    Waiting(Trouble),
    /// It was stopped.
    Stopped,
}

/// What a keeper tells, in order.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    /// How it is.
    pub(crate) state: State,
    /// How many times it ran so far.
    pub(crate) starts: u64,
    /// How many attempts in a row failed.
    pub(crate) attempts: u32,
    /// Streams that could not be let go of in time.
    pub(crate) abandoned: u64,
}

/// An input that is kept open until this is dropped.
pub(crate) struct Keeper {
    status: Arc<Mutex<Status>>,
    /// Dropping it stops the thread.
    stop: Option<Sender<()>>,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts to keep what is wished open; `hearing` hears it, and `tell` is called with every change, on the keeper's
    /// thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        wish: Wish,
        shared: Arc<Shared>,
        hearing: Hearing,
        tell: Box<dyn FnMut(&Status) + Send>,
    ) -> io::Result<Self> {
        let status = Status { state: State::Opening, starts: 0, attempts: 0, abandoned: 0 };
        let status = Arc::new(Mutex::new(status));
        let (stop, stopped) = channel();
        let (end, ended) = channel();
        let mut keeping = Keeping { wish, shared, hearing, tell, status: Arc::clone(&status), stopped };
        let thread = thread::Builder::new().name("earmark-input".into()).spawn(move || {
            keeping.run();
            let _ = end.send(());
        })?;
        Ok(Self { status, stop: Some(stop), ended, thread: Some(thread) })
    }

    /// How it is now.
    pub(crate) fn status(&self) -> Status {
        self.status.lock().clone()
    }
}

impl Drop for Keeper {
    /// Stops, and waits until everything was heard; not for ever, for a sound system may never answer.
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.ended.recv_timeout(ENDING) != Err(RecvTimeoutError::Timeout)
            && let Some(thread) = self.thread.take()
        {
            // A panic was told of on standard error.
            let _ = thread.join();
        }
    }
}

/// The thread's own.
struct Keeping {
    wish: Wish,
    shared: Arc<Shared>,
    hearing: Hearing,
    tell: Box<dyn FnMut(&Status) + Send>,
    status: Arc<Mutex<Status>>,
    stopped: Receiver<()>,
}

impl Keeping {
    fn run(&mut self) {
        let mut wait = BACK_OFF.0;
        // Why it was lost says more than that it is still not there.
        let mut lost: Option<Trouble> = None;
        loop {
            let trouble = match opening::open(&self.wish, &self.shared, &mut self.hearing) {
                Ok(open) => {
                    let frames_before = self.shared.frames();
                    let trouble = self.watch(&open);
                    let in_time = open.let_go(&mut self.hearing);
                    let heard = self.shared.frames() > frames_before;
                    self.change(|status| status.abandoned += u64::from(!in_time));
                    if heard {
                        wait = BACK_OFF.0;
                        lost.clone_from(&trouble);
                    }
                    trouble
                }
                Err(trouble) if trouble.is_absence() => lost.clone().or(Some(trouble)),
                Err(trouble) => Some(trouble),
            };
            let Some(trouble) = trouble else { break };
            let last = trouble.is_final();
            self.change(|status| {
                status.attempts += 1;
                status.state = State::Waiting(trouble);
            });
            if self.stopped_within(if last { Duration::MAX } else { wait }) {
                break;
            }
            wait = (wait * 2).min(BACK_OFF.1);
        }
        self.change(|status| status.state = State::Stopped);
    }

    /// Watches a stream until it is dead, and says why, or until it is to stop.
    fn watch(&mut self, open: &Open) -> Option<Trouble> {
        let (mut frames, mut moved, mut running) = (self.shared.frames(), Instant::now(), false);
        loop {
            if self.stopped_within(LOOK) {
                return None;
            }
            let now = self.shared.frames();
            if now != frames {
                (frames, moved) = (now, Instant::now());
                if !std::mem::replace(&mut running, true) {
                    let state = State::Running { device: open.device.clone(), spec: open.spec };
                    self.change(|status| {
                        status.starts += 1;
                        status.attempts = 0;
                        status.state = state;
                    });
                }
            }
            if let Some(kind) = open.faults.fatal() {
                return Some(Trouble::of_kind(&open.device, kind, None));
            }
            if moved.elapsed() > if running { PATIENCE } else { FIRST_PATIENCE } {
                return Some(Trouble::Silent { device: open.device.clone() });
            }
        }
    }

    fn stopped_within(&self, time: Duration) -> bool {
        if time == Duration::MAX {
            // Nothing is ever sent: this ends when it is to stop.
            let _ = self.stopped.recv();
            return true;
        }
        self.stopped.recv_timeout(time) != Err(RecvTimeoutError::Timeout)
    }

    /// Changes the status, and tells of it if it is another then.
    fn change(&mut self, change: impl FnOnce(&mut Status)) {
        let mut status = self.status.lock();
        let before = status.state.clone();
        change(&mut status);
        let now = status.clone();
        drop(status);
        if now.state != before {
            (self.tell)(&now);
        }
    }
}
