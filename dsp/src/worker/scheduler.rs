//! Schedule of a worker's threads: which stream is next, and which threads wait for audio.
//!
//! Streams are served in turn, one time slice each. One thread does all the work while it keeps up, and polls for new audio.
//! With several streams a second thread stands by: it looks from time to time whether a stream is late, and helps until none
//! is. While it helps, a third one stands by, and so on. All threads sleep while no stream is active.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::analyze::Analyze;
use super::config::WorkerConfig;
use super::slot::StreamSlot;
use super::stream::{AnalysisStream, Shared};

/// Waiting audio from which on a stream is late: more than a few polls and a usual block.
const LATE: Duration = Duration::from_millis(24);
/// Time between two looks of the thread that stands by.
const STANDBY_INTERVAL: Duration = Duration::from_millis(16);

/// Schedule of a worker, shared by its threads and the handles of its streams.
pub(super) struct Scheduler<A: Analyze> {
    config: WorkerConfig,
    state: Mutex<State<A>>,
    changed: Condvar,
    wakeups: AtomicU64,
}

/// Streams that no thread runs now, in the order of service, and what the threads do.
struct State<A: Analyze> {
    slots: VecDeque<StreamSlot<A>>,
    /// Number of threads that run a stream.
    running: usize,
    /// Whether one of them serves all streams in turn; the others help.
    has_server: bool,
    has_poller: bool,
    has_standby: bool,
    is_stopped: bool,
}

/// Wait of a thread for audio or a change.
enum Wait {
    Poll,
    StandBy,
    Sleep,
}

impl<A: Analyze> State<A> {
    /// Removes the stream to run next, and returns whether it is served in turn: the first with samples or marks. Beside the
    /// thread that serves, the first that is late or that a handle waits for.
    fn take_next(&mut self) -> Option<(StreamSlot<A>, bool)> {
        // A thread that polls now will serve.
        let serves = !self.has_server && !self.has_poller;
        let is_next = |slot: &StreamSlot<A>| if serves { slot.has_events() } else { slot.is_urgent(LATE) };
        let slot = self.slots.iter().position(is_next).and_then(|place| self.slots.remove(place))?;
        self.running += 1;
        self.has_server |= serves;
        Some((slot, serves))
    }

    /// Removes the streams whose handles were dropped.
    fn take_detached(&mut self) -> Vec<StreamSlot<A>> {
        let mut detached = Vec::new();
        while let Some(place) = self.slots.iter().position(|slot| slot.shared().is_detached()) {
            detached.extend(self.slots.remove(place));
        }
        detached
    }

    /// Returns how a thread without work waits.
    fn next_wait(&mut self) -> Wait {
        // A stream that runs now is active, or was until now.
        if self.running == 0 && !self.slots.iter().any(|slot| slot.shared().is_active()) {
            Wait::Sleep
        } else if !std::mem::replace(&mut self.has_poller, true) {
            Wait::Poll
        } else if self.running + self.slots.len() > 1 && !std::mem::replace(&mut self.has_standby, true) {
            Wait::StandBy
        } else {
            Wait::Sleep
        }
    }
}

impl<A: Analyze> Scheduler<A> {
    pub(super) fn new(config: WorkerConfig) -> Self {
        let state = State {
            slots: VecDeque::new(),
            running: 0,
            has_server: false,
            has_poller: false,
            has_standby: false,
            is_stopped: false,
        };
        Self { config, state: Mutex::new(state), changed: Condvar::new(), wakeups: AtomicU64::new(0) }
    }

    /// Returns the number of wake-ups of all threads.
    pub(super) fn wakeups(&self) -> u64 {
        self.wakeups.load(Relaxed)
    }

    /// Adds a stream.
    pub(super) fn attach(&self, stream: AnalysisStream<A>, shared: Arc<Shared>) {
        self.change(|state| state.slots.push_back(StreamSlot::new(stream, shared)));
    }

    /// Makes the threads look at all streams.
    pub(super) fn wake(&self) {
        self.change(|_| {});
    }

    /// Ends all threads after their current slices.
    pub(super) fn stop(&self) {
        self.change(|state| state.is_stopped = true);
    }

    /// Removes all streams, once no thread runs.
    pub(super) fn take_all(&self) -> VecDeque<StreamSlot<A>> {
        std::mem::take(&mut self.state.lock().slots)
    }

    fn change(&self, change: impl FnOnce(&mut State<A>)) {
        let mut state = self.state.lock();
        change(&mut state);
        drop(state);
        self.changed.notify_all();
    }

    /// Runs streams on the calling thread until the stop.
    pub(super) fn run(&self) {
        let mut state = self.state.lock();
        while !state.is_stopped {
            let detached = state.take_detached();
            if !detached.is_empty() {
                MutexGuard::unlocked(&mut state, || drop(detached));
                continue;
            }
            match state.take_next() {
                Some((slot, serves)) => self.run_slice(&mut state, slot, serves),
                None => self.wait(&mut state),
            }
        }
    }

    /// Runs one time slice of a stream without the lock, and puts the stream behind the others.
    fn run_slice(&self, state: &mut MutexGuard<'_, State<A>>, mut slot: StreamSlot<A>, serves: bool) {
        // Another thread helps, or stands by instead of this one.
        if state.slots.iter().any(|slot| slot.is_urgent(LATE)) || state.running > 1 {
            self.changed.notify_one();
        }
        MutexGuard::unlocked(state, || slot.run_slice(self.config.slice_samples));
        state.slots.push_back(slot);
        state.running -= 1;
        if serves {
            state.has_server = false;
        }
    }

    /// Waits for audio or a change.
    fn wait(&self, state: &mut MutexGuard<'_, State<A>>) {
        match state.next_wait() {
            Wait::Poll => {
                self.changed.wait_for(state, self.config.poll_interval);
                state.has_poller = false;
            }
            Wait::StandBy => {
                self.changed.wait_for(state, STANDBY_INTERVAL);
                state.has_standby = false;
            }
            Wait::Sleep => self.changed.wait(state),
        }
        self.wakeups.fetch_add(1, Relaxed);
    }
}
