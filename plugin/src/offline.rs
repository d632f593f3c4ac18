//! Offline renders: the host's thread waits for the analysis, so that nothing is left out and results are exact.
//!
//! The wait is bounded. When the worker does not come, the render goes on without it, and says so.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use earmark_dsp::{StreamHandle, Tap};
use nice_plug::util::permit_alloc;

use crate::listener::Listener;

/// How long one block waits: more than loading the largest models takes on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a render waits for its analysis.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    given_up: bool,
}

impl Waits {
    /// Waits until everything pushed has been heard; false when it gave up just now. Once given up, it does not wait
    /// again: a host must not hang for every block.
    pub(crate) fn wait(&mut self, tap: &mut Tap, handle: &StreamHandle<Listener>) -> bool {
        if self.given_up {
            return true;
        }
        let caught_up = catch_up(tap, handle, PATIENCE);
        self.given_up = !caught_up;
        caught_up
    }
}

/// Waits until everything pushed has been heard; false when that takes longer than `longest` for what is in the ring.
pub(crate) fn catch_up(tap: &mut Tap, handle: &StreamHandle<Listener>, longest: Duration) -> bool {
    // There is nothing real-time about it: waking a thread may allocate.
    permit_alloc(|| {
        loop {
            let all = tap.settle();
            if !handle.wait_until(tap.position(), longest) {
                return false;
            }
            if all {
                return true;
            }
        }
    })
}

/// Waits for the end of a take, so that its report is there when the host asks for the file. If it does not come in
/// time the report is written later, or tells why not.
pub(crate) fn finish(tap: &mut Tap, handle: &StreamHandle<Listener>) {
    let _ = catch_up(tap, handle, PATIENCE);
}

/// From which sample on the host renders offline, or plays again: the worker may be seconds late.
#[derive(Debug, Default)]
pub(crate) struct Modes(Mutex<VecDeque<(u64, bool)>>);

impl Modes {
    /// From the `at`-th sample of the ring on the host renders offline, or not. Not for the audio thread.
    pub(crate) fn set(&self, at: u64, offline: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((at, offline));
    }

    /// Whether the sample that is the `at`-th of the ring belongs to an offline render. Later questions are about later
    /// samples.
    pub(crate) fn offline_at(&self, at: u64) -> bool {
        let mut modes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while modes.get(1).is_some_and(|&(from, _)| from <= at) {
            modes.pop_front();
        }
        modes.front().is_some_and(|&(from, offline)| from <= at && offline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_belongs_to_the_mode_in_which_it_was_pushed() {
        let modes = Modes::default();
        assert!(!modes.offline_at(0));
        for (at, offline) in [(0, false), (0, true), (100, false), (100, true), (150, false)] {
            modes.set(at, offline);
        }
        for (at, offline) in [(0, true), (99, true), (100, true), (149, true), (150, false), (1000, false)] {
            assert_eq!(modes.offline_at(at), offline, "at {at}");
        }
    }
}
