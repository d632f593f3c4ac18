//! Worker: threads that read taps and run their analyzers, one time slice per stream in turn, so that no stream starves.
//!
//! A worker polls its streams every few milliseconds while one of them is active and sleeps otherwise. The audio thread
//! never wakes it, because waking a thread enters the kernel; activating a stream does. A stream is run by one thread at a
//! time, so its results do not depend on the number of threads.

mod analyze;
mod config;
mod handle;
mod scheduler;
mod slot;
mod stream;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

pub use self::analyze::{Analyze, AnalyzeError};
pub use self::config::WorkerConfig;
pub use self::handle::StreamHandle;
use self::scheduler::Scheduler;
use self::slot::StreamSlot;
use self::stream::Shared;
pub use self::stream::{AnalysisStream, StreamReport, StreamState};

/// Worker with its threads and streams. Drop ends the threads after their current slices and blocks until then.
pub struct Worker<A: Analyze + 'static> {
    scheduler: Arc<Scheduler<A>>,
    threads: Vec<JoinHandle<()>>,
}

impl<A: Analyze + 'static> fmt::Debug for Worker<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("threads", &self.threads())
            .field("wakeups", &self.wakeups())
            .finish_non_exhaustive()
    }
}

impl<A: Analyze + 'static> Worker<A> {
    /// Starts the threads, each named `earmark-worker`, without streams.
    ///
    /// # Errors
    /// Any error of the system while it creates the first thread. If it cannot create further ones, the worker has fewer.
    pub fn spawn(config: WorkerConfig) -> io::Result<Self> {
        Self::spawn_with_init(config, || {})
    }

    /// Starts threads as [`Worker::spawn`] does; each first calls `init`, for example to lower its priority.
    ///
    /// # Errors
    /// As [`Worker::spawn`].
    pub fn spawn_with_init(config: WorkerConfig, init: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let mut worker = Self { scheduler: Arc::new(Scheduler::new(config)), threads: Vec::new() };
        let init = Arc::new(init);
        for _ in 0..config.threads.max(1) {
            let (scheduler, init) = (Arc::clone(&worker.scheduler), Arc::clone(&init));
            let spawned = thread::Builder::new().name("earmark-worker".into()).spawn(move || {
                init();
                scheduler.run();
            });
            match spawned {
                Ok(thread) => worker.threads.push(thread),
                Err(error) if worker.threads.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(worker)
    }

    /// Attaches a stream, which is inactive at first: [`StreamHandle::set_active`] makes the worker poll it. Dropping the
    /// handle detaches the stream.
    pub fn attach(&self, stream: AnalysisStream<A>) -> StreamHandle<A> {
        let shared = Arc::new(Shared::new(stream.reader.position()));
        self.scheduler.attach(stream, Arc::clone(&shared));
        StreamHandle::new(shared, Arc::clone(&self.scheduler))
    }

    /// Attaches a stream as [`Worker::attach`] does, and sets it active.
    pub fn start(&self, stream: AnalysisStream<A>) -> StreamHandle<A> {
        let handle = self.attach(stream);
        handle.set_active(true);
        handle
    }

    /// Returns the number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Returns the number of wake-ups of all threads so far; while no stream is active it stays constant.
    #[must_use]
    pub fn wakeups(&self) -> u64 {
        self.scheduler.wakeups()
    }
}

impl<A: Analyze + 'static> Drop for Worker<A> {
    fn drop(&mut self) {
        self.scheduler.stop();
        for thread in self.threads.drain(..) {
            // The threads catch panics of analyzers, so a join error carries no information.
            let _ = thread.join();
        }
        self.scheduler.take_all().iter().for_each(StreamSlot::stop);
    }
}
