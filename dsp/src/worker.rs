//! The thread that listens: takes what taps collected and lets analyzers hear it, in turns, so that no stream starves.
//!
//! It looks at its streams every few milliseconds while one of them is active and sleeps when none is. The audio thread
//! never wakes it, because waking a thread enters the kernel; whoever activates a stream does.

mod stream;
#[cfg(test)]
mod tests;
mod turns;

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};

use self::stream::Shared;
pub use self::stream::{Stream, StreamHandle, StreamReport, StreamState};
use self::turns::Turns;
use crate::MarkKind;

/// What an analyzer says went wrong.
pub type AnalyzeError = Box<dyn Error + Send + Sync>;

/// What listens to a stream: samples and marks in, outputs out, in order, on the worker's thread.
pub trait Analyze: Send {
    /// What it gives.
    type Output: Send + 'static;

    /// Hears mono samples.
    ///
    /// # Errors
    /// Whatever went wrong with these samples; it will be given the next ones all the same.
    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Self::Output)) -> Result<(), AnalyzeError>;

    /// Hears of a mark between two samples: at an end it gives what it held back, at any other it forgets.
    ///
    /// # Errors
    /// As [`Analyze::push`].
    fn mark(&mut self, kind: MarkKind, out: &mut dyn FnMut(Self::Output)) -> Result<(), AnalyzeError>;
}

/// How a worker divides its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerConfig {
    /// How long it sleeps when no active stream has anything for it.
    pub poll: Duration,
    /// How many samples a stream is given in one turn (at least 1).
    pub slice_samples: usize,
}

impl Default for WorkerConfig {
    /// Every 4 ms, and 4096 samples (85 ms at 48 kHz) a turn.
    fn default() -> Self {
        Self { poll: Duration::from_millis(4), slice_samples: 4096 }
    }
}

/// A thread with the streams it listens to. Dropping it ends the thread, after the turn that is under way.
pub struct Worker<A: Analyze + 'static> {
    commands: Sender<Command<A>>,
    thread: Option<JoinHandle<()>>,
    wakeups: Arc<AtomicU64>,
}

/// What a worker is told.
enum Command<A: Analyze> {
    Attach(Stream<A>, Arc<Shared>),
    /// The handle of that stream is gone.
    Detach(Arc<Shared>),
    /// Something has changed: look again.
    Wake,
    Stop,
}

impl<A: Analyze + 'static> Worker<A> {
    /// Starts a thread named `earmark-worker` without streams.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(config: WorkerConfig) -> io::Result<Self> {
        Self::spawn_prepared(config, || {})
    }

    /// As [`Worker::spawn`]; the thread first does `prepare`, such as to lower its priority.
    ///
    /// # Errors
    /// As [`Worker::spawn`].
    pub fn spawn_prepared(config: WorkerConfig, prepare: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (commands, received) = unbounded();
        let wakeups = Arc::new(AtomicU64::new(0));
        let mut turns = Turns::new(config, received, Arc::clone(&wakeups));
        let thread = thread::Builder::new().name("earmark-worker".into()).spawn(move || {
            prepare();
            turns.run();
        })?;
        Ok(Self { commands, thread: Some(thread), wakeups })
    }

    /// Takes a stream on, which begins inactive. Dropping the handle lets it go.
    pub fn attach(&self, stream: Stream<A>) -> StreamHandle<A> {
        let shared = Arc::new(Shared::new(stream.reader.position()));
        // The thread ends with the worker only, so it is there.
        let _ = self.commands.send(Command::Attach(stream, Arc::clone(&shared)));
        StreamHandle::new(shared, self.commands.clone())
    }

    /// How many times the thread woke up so far: it does not while no stream is active.
    #[must_use]
    pub fn wakeups(&self) -> u64 {
        self.wakeups.load(Relaxed)
    }
}

impl<A: Analyze + 'static> Drop for Worker<A> {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // Analyzers' panics are caught in the thread; there is nothing else to hear from it.
            let _ = thread.join();
        }
    }
}
