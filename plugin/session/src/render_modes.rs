//! Render mode (offline or real time) of each sample in the ring.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// Changes of the render mode, by sample index. The worker thread reads the mode of the samples that it processes,
/// which may be seconds after the change.
#[derive(Debug, Default)]
pub(crate) struct RenderModeHistory {
    /// Index of a sample in the ring, and whether the host renders offline from there on.
    changes: Mutex<VecDeque<(u64, bool)>>,
    /// Whether timing shows that the host plays in real time, whatever mode it reported.
    live: AtomicBool,
}

impl RenderModeHistory {
    /// Sets the mode from sample `at` of the ring on. Locks: not for the audio thread.
    pub(crate) fn set(&self, at: u64, offline: bool) {
        self.changes.lock().push_back((at, offline));
        self.live.store(false, Ordering::Release);
    }

    /// Marks the host as playing in real time until the next [`RenderModeHistory::set`]. Real-time safe.
    pub(crate) fn set_live(&self) {
        self.live.store(true, Ordering::Release);
    }

    /// Whether the host is marked as playing in real time. Real-time safe.
    pub(crate) fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }

    /// Whether sample `at` of the ring belongs to an offline render. Calls must be in the order of the samples. Locks.
    pub(crate) fn offline_at(&self, at: u64) -> bool {
        let mut changes = self.changes.lock();
        while changes.get(1).is_some_and(|&(from, _)| from <= at) {
            changes.pop_front();
        }
        changes.front().is_some_and(|&(from, offline)| from <= at && offline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_has_the_mode_in_which_it_was_pushed() {
        let modes = RenderModeHistory::default();
        assert!(!modes.offline_at(0));
        for (at, offline) in [(0, false), (0, true), (100, false), (100, true), (150, false)] {
            modes.set(at, offline);
        }
        for (at, offline) in [(0, true), (99, true), (100, true), (149, true), (150, false), (1000, false)] {
            assert_eq!(modes.offline_at(at), offline, "at {at}");
        }
    }
}
