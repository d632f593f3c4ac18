//! One stream of a worker, and the handle by which everybody else knows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;
use parking_lot::{Condvar, Mutex};

use super::{Analyze, Command};
use crate::{RingPosition, TapReader};

/// What a worker needs of a stream.
pub struct Stream<A: Analyze> {
    /// Where the samples come from.
    pub reader: TapReader,
    /// Who hears them.
    pub analyzer: A,
    /// Who is given the outputs, on the worker's thread: it publishes on a board, adds to a timeline, or both.
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

    pub(super) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Changes the report and wakes whoever waits for it.
    pub(super) fn update(&self, change: impl FnOnce(&mut StreamReport)) {
        change(&mut self.report.lock());
        self.changed.notify_all();
    }
}

/// A stream that a worker listens to. Not for the audio thread: every method may wait or enter the kernel.
pub struct StreamHandle<A: Analyze> {
    shared: Arc<Shared>,
    commands: Sender<Command<A>>,
}

impl<A: Analyze> StreamHandle<A> {
    pub(super) fn new(shared: Arc<Shared>, commands: Sender<Command<A>>) -> Self {
        Self { shared, commands }
    }

    /// Says whether samples are to be expected. The worker looks at all streams while any is active; what an inactive
    /// one still holds is heard at the next look.
    pub fn set_active(&self, active: bool) {
        self.shared.active.store(active, Ordering::Release);
        self.wake();
    }

    /// How the stream is.
    #[must_use]
    pub fn report(&self) -> StreamReport {
        self.shared.report.lock().clone()
    }

    /// Waits until everything up to `place` has been heard; false when that takes longer than `longest`.
    ///
    /// For bounces and tests: there the pusher waits instead of dropping.
    #[must_use]
    pub fn wait_until(&self, place: RingPosition, longest: Duration) -> bool {
        self.wake();
        let waiting =
            |report: &mut StreamReport| !report.heard.has_reached(place) && report.state != StreamState::Stopped;
        let mut report = self.shared.report.lock();
        // What came of it is in the report, whether there was a change or the time was up.
        let _ = self.shared.changed.wait_while_for(&mut report, waiting, longest);
        report.heard.has_reached(place)
    }

    fn wake(&self) {
        let _ = self.commands.send(Command::Wake);
    }
}

impl<A: Analyze> Drop for StreamHandle<A> {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Detach(Arc::clone(&self.shared)));
    }
}
