//! The handle of a stream.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::analyze::Analyze;
use super::command::Command;
use super::stream::{Shared, StreamReport};
use crate::RingPosition;

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
        self.shared.set_active(active);
        self.wake();
    }

    /// How the stream is.
    #[must_use]
    pub fn report(&self) -> StreamReport {
        self.shared.report()
    }

    /// Waits until everything up to `place` has been heard; false when that takes longer than `longest`.
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
