//! Worker thread: reads what the taps collected and runs the analyzers in turn, so that no stream starves.
//!
//! It looks at its streams every few milliseconds while one of them is active and sleeps when none is. The audio thread
//! never wakes it, because waking a thread enters the kernel; whoever activates a stream does.

mod analyze;
mod command;
mod config;
mod handle;
mod scheduler;
mod stream;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, unbounded};

pub use self::analyze::{Analyze, AnalyzeError};
use self::command::Command;
pub use self::config::WorkerConfig;
pub use self::handle::StreamHandle;
use self::scheduler::Scheduler;
use self::stream::Shared;
pub use self::stream::{Stream, StreamReport, StreamState};

/// A thread with the streams it listens to. Dropping it ends the thread, after the turn that is under way.
pub struct Worker<A: Analyze + 'static> {
    commands: Sender<Command<A>>,
    thread: Option<JoinHandle<()>>,
    wakeups: Arc<AtomicU64>,
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
        let mut scheduler = Scheduler::new(config, received, Arc::clone(&wakeups));
        let thread = thread::Builder::new().name("earmark-worker".into()).spawn(move || {
            prepare();
            scheduler.run();
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
