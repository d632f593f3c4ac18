//! The handle of a stream.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::analyze::Analyze;
use super::command::Command;
use super::stream::{Shared, StreamReport};
use crate::RingPosition;

/// Handle of a stream that a worker analyzes. Not for the audio thread: every method may wait or enter the kernel.
pub struct StreamHandle<A: Analyze> {
    shared: Arc<Shared>,
    commands: Sender<Command<A>>,
}

impl<A: Analyze> StreamHandle<A> {
    pub(super) fn new(shared: Arc<Shared>, commands: Sender<Command<A>>) -> Self {
        Self { shared, commands }
    }

    /// Sets whether samples are to be expected. The worker polls all streams while any is active; samples that an
    /// inactive stream still holds are analyzed at the next poll.
    pub fn set_active(&self, active: bool) {
        self.shared.set_active(active);
        self.wake();
    }

    /// Returns the state of the stream.
    #[must_use]
    pub fn report(&self) -> StreamReport {
        self.shared.report()
    }

    /// Waits until everything up to `place` has been analyzed; false when that takes longer than `longest`.
    ///
    /// For bounces and tests: there the pusher waits instead of dropping.
    #[must_use]
    pub fn wait_until(&self, place: RingPosition, longest: Duration) -> bool {
        self.wake();
        self.shared.wait_until(place, longest)
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
