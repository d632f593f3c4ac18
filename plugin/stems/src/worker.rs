//! Worker thread of an instance: polls the ring every 4 ms while the instance is active, and sleeps while it is not.
//!
//! The audio thread never wakes the worker in real time, because waking a thread enters the kernel.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvError, Sender, TryRecvError, unbounded};

use crate::backend::SeparateStream;
use crate::link::{StreamFormat, WorkerEnd};
use crate::status::{SeparationState, StreamStatus};
use crate::worker_stream::WorkerStream;

/// Interval at which the ring is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(4);

/// Message after a panic.
const INTERNAL_ERROR: &str = "cannot separate: internal error; the sound passes through as accompaniment";

/// Function that opens a separator.
pub(crate) type OpenSeparation = Arc<dyn Fn(&StreamFormat) -> Result<Box<dyn SeparateStream>, String> + Send + Sync>;

enum Command {
    /// Replaces the stream.
    Open {
        format: StreamFormat,
        latency: usize,
        end: Box<WorkerEnd>,
    },
    /// Polls, or sleeps.
    Active(bool),
    Stop,
}

/// Worker thread. Drop ends the thread after the current run and blocks until then.
pub(crate) struct Worker {
    commands: Sender<Command>,
    thread: Option<JoinHandle<()>>,
    handle: Thread,
    status: Arc<StreamStatus>,
}

impl Worker {
    /// Starts a thread named `earmark-stems` without a stream.
    ///
    /// # Errors
    /// Any error of the system while it creates the thread.
    pub(crate) fn spawn(open: OpenSeparation, status: &Arc<StreamStatus>) -> io::Result<Self> {
        let (commands, received) = unbounded();
        let thread = thread::Builder::new().name("earmark-stems".into()).spawn(move || run(&received, &open))?;
        let handle = thread.thread().clone();
        Ok(Self { commands, thread: Some(thread), handle, status: Arc::clone(status) })
    }

    /// Returns the thread, which an offline render wakes.
    pub(crate) fn thread(&self) -> Thread {
        self.handle.clone()
    }

    /// Replaces the stream. Returns at once; the separator is opened on the thread.
    pub(crate) fn open(&self, format: StreamFormat, latency: usize, end: WorkerEnd) {
        self.status.set_state(SeparationState::Loading);
        self.status.clear_error();
        self.send(Command::Open { format, latency, end: Box::new(end) });
    }

    /// Polls the stream, or lets the thread sleep.
    pub(crate) fn set_active(&self, active: bool) {
        self.send(Command::Active(active));
    }

    fn send(&self, command: Command) {
        // The thread runs as long as this value exists, so the send succeeds.
        let _ = self.commands.send(command);
        self.handle.unpark();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // The thread catches panics of the separation, so a join error carries no information.
            let _ = thread.join();
        }
        self.status.set_state(SeparationState::Inactive);
    }
}

fn run(commands: &Receiver<Command>, open: &OpenSeparation) {
    let mut stream: Option<WorkerStream> = None;
    let mut active = false;
    // Only the newest of several streams is opened: a host may activate faster than a separator opens.
    let mut pending: Option<(StreamFormat, usize, Box<WorkerEnd>)> = None;
    loop {
        let polls = pending.is_some() || (active && stream.is_some());
        let command =
            if polls { commands.try_recv() } else { commands.recv().map_err(|RecvError| TryRecvError::Disconnected) };
        match command {
            Ok(Command::Open { format, latency, end }) => pending = Some((format, latency, end)),
            Ok(Command::Active(now)) => active = now,
            Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                if let Some((format, latency, end)) = pending.take() {
                    // Two separators need twice the memory.
                    drop(stream.take());
                    stream = open_stream(format, latency, *end, open);
                    continue;
                }
                let done =
                    stream.as_mut().map(|stream| (catch_unwind(AssertUnwindSafe(|| stream.step())), stream.status()));
                let error = match done {
                    Some((Ok(Ok(true)), _)) | None => None,
                    Some((Ok(Ok(false)), _)) => {
                        thread::park_timeout(POLL_INTERVAL);
                        None
                    }
                    Some((Ok(Err(error)), status)) => Some((error, status)),
                    Some((Err(_), status)) => Some((INTERNAL_ERROR.to_owned(), status)),
                };
                if let Some((error, status)) = error {
                    stream = None;
                    status.fail(error);
                }
            }
        }
    }
}

fn open_stream(format: StreamFormat, latency: usize, end: WorkerEnd, open: &OpenSeparation) -> Option<WorkerStream> {
    let status = Arc::clone(&end.status);
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let separation = open(&format)?;
        let needed = separation.latency_samples();
        // One more: the numbers of samples are rounded up after computations with small errors.
        if needed > latency + 1 {
            return Err(format!(
                "cannot separate: latency is too short (expected at least {needed}, got {latency} samples)"
            ));
        }
        Ok(WorkerStream::new(format, end, separation))
    }));
    match opened.unwrap_or_else(|_| Err(INTERNAL_ERROR.to_owned())) {
        Ok(stream) => {
            status.set_state(SeparationState::Running);
            Some(stream)
        }
        Err(error) => {
            status.fail(error);
            None
        }
    }
}
