//! Handle of a stream.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::analyze::Analyze;
use super::scheduler::Scheduler;
use super::stream::{Shared, StreamReport};
use crate::RingPosition;

/// Handle of a stream that a worker analyzes. Drop detaches the stream. Not for the audio thread: methods may block or
/// enter the kernel.
pub struct StreamHandle<A: Analyze> {
    shared: Arc<Shared>,
    scheduler: Arc<Scheduler<A>>,
}

impl<A: Analyze> fmt::Debug for StreamHandle<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamHandle").field("report", &self.report()).finish_non_exhaustive()
    }
}

impl<A: Analyze> StreamHandle<A> {
    pub(super) fn new(shared: Arc<Shared>, scheduler: Arc<Scheduler<A>>) -> Self {
        Self { shared, scheduler }
    }

    /// Sets whether the stream expects samples. The worker polls all streams while any is active; samples that an
    /// inactive stream still holds are analyzed at the next poll.
    pub fn set_active(&self, active: bool) {
        self.shared.set_active(active);
        self.scheduler.wake();
    }

    /// Returns the state of the stream.
    #[must_use]
    pub fn report(&self) -> StreamReport {
        self.shared.report()
    }

    /// Blocks until everything up to `position` was processed; false on timeout or if the worker ended before.
    ///
    /// For offline rendering and tests, in which the writer waits instead of dropping samples.
    #[must_use]
    pub fn wait_for_position(&self, position: RingPosition, timeout: Duration) -> bool {
        self.shared.wait_for_position(position, timeout, || self.scheduler.wake())
    }
}

impl<A: Analyze> Drop for StreamHandle<A> {
    fn drop(&mut self) {
        self.shared.detach();
        self.scheduler.wake();
    }
}
