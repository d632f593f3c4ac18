//! Pool of worker threads: a few per process, shared by all instances, with low priority.
//!
//! Threads start with the first stream and end with the last. A stream belongs to the thread that had the fewest
//! streams when it was attached; a thread runs its streams in turn.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use earmark_dsp::{AnalysisStream, StreamHandle, Worker, WorkerConfig};
use parking_lot::Mutex;
use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

use crate::stream_analyzer::StreamAnalyzer;

/// Maximum number of threads, whatever the number of cores. One core is left to the host.
const MOST_THREADS: usize = 8;

/// Pool of the worker threads of one process.
pub struct WorkerPool {
    max_threads: usize,
    workers: Mutex<Vec<PoolWorker>>,
}

/// Worker thread with the number of its streams.
struct PoolWorker {
    worker: Worker<StreamAnalyzer>,
    streams: Arc<AtomicUsize>,
}

/// Stream in a pool. Dropping it detaches the stream; dropping the last one ends the threads.
pub struct PoolStream {
    handle: Arc<StreamHandle<StreamAnalyzer>>,
    streams: Arc<AtomicUsize>,
    // Dropped last: the threads end with the last reference to the pool.
    pool: Arc<WorkerPool>,
}

impl WorkerPool {
    /// Returns the pool of this process, and creates it if no stream holds it.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<WorkerPool>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock();
        shared.upgrade().unwrap_or_else(|| {
            let cores = thread::available_parallelism().map_or(1, usize::from);
            let pool = Arc::new(Self::new(cores.saturating_sub(1).clamp(1, MOST_THREADS)));
            *shared = Arc::downgrade(&pool);
            pool
        })
    }

    /// Creates a pool of at most `max_threads` threads (at least 1). Starts no thread.
    #[must_use]
    pub fn new(max_threads: usize) -> Self {
        Self { max_threads: max_threads.max(1), workers: Mutex::default() }
    }

    /// Attaches a stream to the thread with the fewest streams, or to a new thread while no thread is idle and the
    /// maximum is not reached. Locks and allocates: not for the audio thread.
    ///
    /// # Errors
    /// When the system cannot start a thread and the pool has none.
    pub fn attach(self: &Arc<Self>, stream: AnalysisStream<StreamAnalyzer>) -> io::Result<PoolStream> {
        let mut workers = self.workers.lock();
        let idle = workers.iter().any(|seat| seat.streams.load(Ordering::Acquire) == 0);
        if !idle && workers.len() < self.max_threads {
            match Worker::spawn_with_init(WorkerConfig::default(), lower_priority) {
                Ok(worker) => workers.push(PoolWorker { worker, streams: Arc::default() }),
                Err(error) if workers.is_empty() => return Err(error),
                // The existing threads share the streams.
                Err(_) => {}
            }
        }
        let seat = workers.iter().min_by_key(|seat| seat.streams.load(Ordering::Acquire));
        let seat = seat.ok_or_else(|| io::Error::other("cannot attach the stream: the pool has no thread"))?;
        seat.streams.fetch_add(1, Ordering::AcqRel);
        let handle = Arc::new(seat.worker.attach(stream));
        Ok(PoolStream { handle, streams: Arc::clone(&seat.streams), pool: Arc::clone(self) })
    }

    /// Returns the number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.workers.lock().len()
    }

    /// Returns the number of wake-ups of the threads so far. Threads do not wake up while no stream is active.
    #[must_use]
    pub fn wakeups(&self) -> u64 {
        let workers = self.workers.lock();
        workers.iter().map(|seat| seat.worker.wakeups()).sum()
    }
}

impl PoolStream {
    /// Returns the handle of the stream.
    #[must_use]
    pub fn handle(&self) -> &Arc<StreamHandle<StreamAnalyzer>> {
        &self.handle
    }

    /// Returns the pool of the stream.
    #[must_use]
    pub fn pool(&self) -> &Arc<WorkerPool> {
        &self.pool
    }
}

impl Drop for PoolStream {
    fn drop(&mut self) {
        self.streams.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Priority of the threads, 0 to 99, 50 being normal. On Linux 25 is a nice value of 10.
const PRIORITY: u8 = 25;

/// Lowers the priority of this thread below that of audio threads, but not so far that a busy machine starves it. Does
/// nothing if the system does not allow it.
fn lower_priority() {
    if let Ok(priority) = ThreadPriorityValue::try_from(PRIORITY) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(priority));
    }
}
