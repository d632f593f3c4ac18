//! Pool of worker threads: a few per process, shared by all instances, with low priority.
//!
//! Threads start with the first stream and end with the last. One thread serves the streams in turn; the others help while it
//! does not keep up.

use std::io;
use std::sync::{Arc, Weak};
use std::thread;

use earmark_dsp::{AnalysisStream, StreamHandle, Worker, WorkerConfig};
use parking_lot::Mutex;
use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

use crate::stream_analyzer::StreamAnalyzer;

/// Maximum number of threads, whatever the number of cores.
const MOST_THREADS: usize = 8;

/// Pool of the worker threads of one process.
pub struct WorkerPool {
    max_threads: usize,
    worker: Mutex<Option<Worker<StreamAnalyzer>>>,
    /// Whether each place is taken by a stream.
    places: Arc<Mutex<Vec<bool>>>,
}

/// Stream in a pool. Dropping it detaches the stream; dropping the last one ends the threads.
pub struct PoolStream {
    handle: Arc<StreamHandle<StreamAnalyzer>>,
    place: Place,
    // Dropped last: the threads end with the last reference to the pool.
    pool: Arc<WorkerPool>,
}

/// Number of a stream in a pool, the lowest free one when it was attached. Dropping it frees the number.
struct Place {
    number: usize,
    places: Arc<Mutex<Vec<bool>>>,
}

impl Place {
    fn take(places: &Arc<Mutex<Vec<bool>>>) -> Self {
        let mut taken = places.lock();
        let number = taken.iter().position(|is_taken| !is_taken).unwrap_or(taken.len());
        if number == taken.len() {
            taken.push(true);
        } else {
            taken[number] = true;
        }
        Self { number, places: Arc::clone(places) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(is_taken) = self.places.lock().get_mut(self.number) {
            *is_taken = false;
        }
    }
}

impl WorkerPool {
    /// Returns the pool of this process, and creates it if no stream holds it.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<WorkerPool>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock();
        shared.upgrade().unwrap_or_else(|| {
            let cores = thread::available_parallelism().map_or(1, usize::from);
            let pool = Arc::new(Self::new(threads_for(cores)));
            *shared = Arc::downgrade(&pool);
            pool
        })
    }

    /// Creates a pool of at most `max_threads` threads (at least 1). Starts no thread.
    #[must_use]
    pub fn new(max_threads: usize) -> Self {
        Self { max_threads: max_threads.max(1), worker: Mutex::default(), places: Arc::default() }
    }

    /// Attaches a stream; the first one starts the threads. `stream` gets the number of the stream: the lowest that no other
    /// stream of the pool has. Locks and allocates: not for the audio thread.
    ///
    /// # Errors
    /// When the system cannot start a thread and the pool has none.
    pub fn attach(
        self: &Arc<Self>,
        stream: impl FnOnce(usize) -> AnalysisStream<StreamAnalyzer>,
    ) -> io::Result<PoolStream> {
        let mut worker = self.worker.lock();
        let worker = match &mut *worker {
            Some(worker) => worker,
            none => {
                let config = WorkerConfig { threads: self.max_threads, ..WorkerConfig::default() };
                none.insert(Worker::spawn_with_init(config, lower_priority)?)
            }
        };
        let place = Place::take(&self.places);
        let handle = Arc::new(worker.attach(stream(place.number)));
        Ok(PoolStream { handle, place, pool: Arc::clone(self) })
    }

    /// Returns the number of threads: 0 before the first stream.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.worker.lock().as_ref().map_or(0, Worker::threads)
    }

    /// Returns the number of wake-ups of the threads so far. Threads do not wake up while no stream is active.
    #[must_use]
    pub fn wakeups(&self) -> u64 {
        self.worker.lock().as_ref().map_or(0, Worker::wakeups)
    }
}

/// Returns the number of threads on a machine. One core is left to the host; the second thread on two cores works only
/// while the first does not keep up.
fn threads_for(cores: usize) -> usize {
    if cores <= 2 { cores.max(1) } else { (cores - 1).min(MOST_THREADS) }
}

impl PoolStream {
    /// Returns the handle of the stream.
    #[must_use]
    pub fn handle(&self) -> &Arc<StreamHandle<StreamAnalyzer>> {
        &self.handle
    }

    /// Returns the number of the stream in its pool.
    #[must_use]
    pub fn place(&self) -> usize {
        self.place.number
    }

    /// Returns the pool of the stream.
    #[must_use]
    pub fn pool(&self) -> &Arc<WorkerPool> {
        &self.pool
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
