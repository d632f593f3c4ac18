//! The threads that listen: a few per process, shared by all instances, of low priority.
//!
//! There is no thread before the first instance is activated and none after the last is gone. Each stream belongs to
//! one thread, the one with the fewest, which gives its streams equal turns.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use earmark_dsp::{AnalysisStream, StreamHandle, Worker, WorkerConfig};
use parking_lot::Mutex;
use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

use crate::stream_analyzer::StreamAnalyzer;

/// The most threads, however many cores there are: inference should leave the cores to the music.
const MOST_THREADS: usize = 4;

/// The threads of one process.
pub struct Pool {
    most: usize,
    workers: Mutex<Vec<Seat>>,
}

/// A thread, and how many streams it has.
struct Seat {
    worker: Worker<StreamAnalyzer>,
    streams: Arc<AtomicUsize>,
}

/// A stream's place in the pool. Dropping it lets the stream go, and the threads with the last one.
pub struct Attached {
    handle: Arc<StreamHandle<StreamAnalyzer>>,
    streams: Arc<AtomicUsize>,
    // Dropped last: the threads end when no stream is left.
    pool: Arc<Pool>,
}

impl Pool {
    /// The pool of this process, made anew if nobody has it.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Pool>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock();
        shared.upgrade().unwrap_or_else(|| {
            let cores = thread::available_parallelism().map_or(1, usize::from);
            let pool = Arc::new(Self::new((cores / 2).clamp(1, MOST_THREADS)));
            *shared = Arc::downgrade(&pool);
            pool
        })
    }

    /// A pool of at most so many threads (at least 1). Starts none.
    #[must_use]
    pub fn new(most_threads: usize) -> Self {
        Self { most: most_threads.max(1), workers: Mutex::default() }
    }

    /// Gives a stream to the thread with the fewest, or to a new one while there are fewer than the most.
    /// Never for the audio thread.
    ///
    /// # Errors
    /// When the system gives no thread, and there is none yet.
    pub fn attach(self: &Arc<Self>, stream: AnalysisStream<StreamAnalyzer>) -> io::Result<Attached> {
        let mut workers = self.workers.lock();
        let idle = workers.iter().any(|seat| seat.streams.load(Ordering::Acquire) == 0);
        if !idle && workers.len() < self.most {
            match Worker::spawn_with_init(WorkerConfig::default(), step_back) {
                Ok(worker) => workers.push(Seat { worker, streams: Arc::default() }),
                Err(error) if workers.is_empty() => return Err(error),
                // The threads there are do more each.
                Err(_) => {}
            }
        }
        let seat = workers.iter().min_by_key(|seat| seat.streams.load(Ordering::Acquire));
        let seat = seat.ok_or_else(|| io::Error::other("expected a thread, got none"))?;
        seat.streams.fetch_add(1, Ordering::AcqRel);
        let handle = Arc::new(seat.worker.attach(stream));
        Ok(Attached { handle, streams: Arc::clone(&seat.streams), pool: Arc::clone(self) })
    }

    /// How many threads there are now.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.workers.lock().len()
    }

    /// How many times its threads woke up so far: they do not while no stream is active.
    #[must_use]
    pub fn wakeups(&self) -> u64 {
        let workers = self.workers.lock();
        workers.iter().map(|seat| seat.worker.wakeups()).sum()
    }
}

impl Attached {
    /// The stream's handle.
    #[must_use]
    pub fn handle(&self) -> &Arc<StreamHandle<StreamAnalyzer>> {
        &self.handle
    }

    /// The pool that it is attached to.
    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.streams.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Of 0 to 99, the middle being normal: on Linux 10 steps of niceness.
const PRIORITY: u8 = 25;

/// Below whatever plays music, but not so low that a busy machine never hears. Where the system does not allow it, the
/// thread stays as it is.
fn step_back() {
    if let Ok(priority) = ThreadPriorityValue::try_from(PRIORITY) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(priority));
    }
}
