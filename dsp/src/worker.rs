//! Worker thread: reads taps and runs their analyzers, one time slice per stream and round, so that no stream starves.
//!
//! The worker polls its streams every few milliseconds while one of them is active and sleeps otherwise. The audio
//! thread never wakes it, because waking a thread enters the kernel; activating a stream does.

mod analyze;
mod command;
mod config;
mod handle;
mod scheduler;
mod stream;
#[cfg(test)]
mod tests;

use std::fmt;
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
pub use self::stream::{AnalysisStream, StreamReport, StreamState};

/// Worker thread with its streams. Drop ends the thread after the current round and blocks until then.
pub struct Worker<A: Analyze + 'static> {
    commands: Sender<Command<A>>,
    thread: Option<JoinHandle<()>>,
    wakeups: Arc<AtomicU64>,
}

impl<A: Analyze + 'static> fmt::Debug for Worker<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("wakeups", &self.wakeups()).finish_non_exhaustive()
    }
}

impl<A: Analyze + 'static> Worker<A> {
    /// Starts a thread named `earmark-worker` without streams.
    ///
    /// # Errors
    /// Any error of the system while it creates the thread.
    pub fn spawn(config: WorkerConfig) -> io::Result<Self> {
        Self::spawn_with_init(config, || {})
    }

    /// Starts a thread as [`Worker::spawn`] does; the thread first calls `init`, for example to lower its priority.
    ///
    /// # Errors
    /// As [`Worker::spawn`].
    pub fn spawn_with_init(config: WorkerConfig, init: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (commands, received) = unbounded();
        let wakeups = Arc::new(AtomicU64::new(0));
        let mut scheduler = Scheduler::new(config, received, Arc::clone(&wakeups));
        let thread = thread::Builder::new().name("earmark-worker".into()).spawn(move || {
            init();
            scheduler.run();
        })?;
        Ok(Self { commands, thread: Some(thread), wakeups })
    }

    /// Attaches a stream, which is inactive at first: [`StreamHandle::set_active`] makes the worker poll it. Dropping the
    /// handle detaches the stream.
    pub fn attach(&self, stream: AnalysisStream<A>) -> StreamHandle<A> {
        let shared = Arc::new(Shared::new(stream.reader.position()));
        // The thread runs as long as the worker exists, so the send succeeds.
        let _ = self.commands.send(Command::Attach(stream, Arc::clone(&shared)));
        StreamHandle::new(shared, self.commands.clone())
    }

    /// Attaches a stream as [`Worker::attach`] does, and sets it active.
    pub fn start(&self, stream: AnalysisStream<A>) -> StreamHandle<A> {
        let handle = self.attach(stream);
        handle.set_active(true);
        handle
    }

    /// Returns the number of wake-ups of the thread so far; while no stream is active it stays constant.
    #[must_use]
    pub fn wakeups(&self) -> u64 {
        self.wakeups.load(Relaxed)
    }
}

impl<A: Analyze + 'static> Drop for Worker<A> {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // The thread catches panics of analyzers, so a join error carries no information.
            let _ = thread.join();
        }
    }
}
