//! One stream of a worker, and the state that the worker and the stream's handle share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::analyze::Analyze;
use crate::{RingPosition, TapReader};

/// What a worker needs of a stream.
pub struct Stream<A: Analyze> {
    /// Where the samples come from.
    pub reader: TapReader,
    /// Who hears them.
    pub analyzer: A,
    /// Receives the outputs on the worker thread: it publishes on a latest-value channel, adds to a timeline, or both.
    pub sink: Box<dyn FnMut(A::Output) + Send>,
}

/// How a stream is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StreamState {
    /// It listens.
    #[default]
    Running,
    /// Its end was heard; a reset or a seek starts another take.
    Ended,
    /// Its analyzer panicked, with these words. What comes is thrown away until a reset, which tries anew.
    Failed(String),
    /// The worker is gone.
    Stopped,
}

/// What is known of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamReport {
    /// How it is.
    pub state: StreamState,
    /// The place in the ring behind everything that was heard.
    pub heard: RingPosition,
    /// How many times the analyzer returned an error.
    pub errors: u64,
    /// The latest of them.
    pub last_error: Option<String>,
}

/// What the worker and the handle share.
pub(super) struct Shared {
    active: AtomicBool,
    report: Mutex<StreamReport>,
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(heard: RingPosition) -> Self {
        let report = StreamReport { heard, ..StreamReport::default() };
        Self { active: AtomicBool::new(false), report: Mutex::new(report), changed: Condvar::new() }
    }

    pub(super) fn set_active(&self, active: bool) {
        self.active.store(active, Ordering::Release);
    }

    pub(super) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    pub(super) fn report(&self) -> StreamReport {
        self.report.lock().clone()
    }

    /// Waits until everything up to `place` has been analyzed or the worker has ended; false when that takes longer
    /// than `longest` or the worker ended before.
    pub(super) fn wait_until(&self, place: RingPosition, longest: Duration) -> bool {
        let waiting =
            |report: &mut StreamReport| !report.heard.has_reached(place) && report.state != StreamState::Stopped;
        let mut report = self.report.lock();
        // What came of it is in the report, whether there was a change or the time was up.
        let _ = self.changed.wait_while_for(&mut report, waiting, longest);
        report.heard.has_reached(place)
    }

    /// Changes the report and wakes threads that wait for it.
    pub(super) fn update(&self, change: impl FnOnce(&mut StreamReport)) {
        change(&mut self.report.lock());
        self.changed.notify_all();
    }
}
