//! Saved state, shared between threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::Value;

use super::performer::Performer;
use super::{MAX_BYTES, State};

/// Saved state, shared by host, window and worker thread. All methods but [`SharedState::revision`] lock: not for the
/// audio thread.
#[derive(Debug, Default)]
pub struct SharedState {
    content: Mutex<Content>,
    revision: AtomicU64,
    performer: Mutex<Performer>,
}

#[derive(Debug, Default)]
struct Content {
    state: Arc<State>,
    warning: Option<String>,
}

impl SharedState {
    /// Returns the current state.
    #[must_use]
    pub fn get(&self) -> Arc<State> {
        Arc::clone(&self.content.lock().state)
    }

    /// Changes the state. A state of more than [`MAX_BYTES`] of JSON is rejected with a warning.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        let mut content = self.content.lock();
        let mut state = (*content.state).clone();
        change(&mut state);
        let bytes = state.to_saved().to_string().len();
        if bytes > MAX_BYTES {
            content.warning =
                Some(format!("cannot change settings: too large (expected at most {MAX_BYTES} bytes, got {bytes})"));
        } else {
            content.state = Arc::new(state);
        }
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// Loads a saved state with [`State::from_saved`].
    pub fn load(&self, saved: Value) {
        let (state, warning) = State::from_saved(saved);
        *self.content.lock() = Content { state: Arc::new(state), warning };
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// Returns the number of changes and loads so far, for readers that cache the state. Real-time safe.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Sets the tempo in BPM that [`SharedState::lock_tempo`] keeps; none if there is none.
    pub(crate) fn set_outgoing_bpm(&self, bpm: Option<f64>) {
        self.performer.lock().outgoing_bpm = bpm;
    }

    /// Locks the tempo that goes out now, or lets it follow the music again. Without a tempo, a lock changes nothing.
    pub fn lock_tempo(&self, on: bool) {
        let bpm = self.performer.lock().outgoing_bpm.filter(|_| on);
        if bpm.is_some() || !on {
            self.change(|state| state.tempo.locked_bpm = bpm);
        }
    }

    /// Adds a tap of the performer at `now`. From the third tap of a series on, the tempo of the taps is locked.
    pub fn tap_tempo(&self, now: Instant) {
        let tapped = self.performer.lock().tap(now);
        if let Some(bpm) = tapped {
            self.change(|state| state.tempo.locked_bpm = Some(bpm));
        }
    }

    /// Returns the warning about the last loaded or rejected state, for the panel to show.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        self.content.lock().warning.clone()
    }

    /// Dismisses the warning.
    pub fn dismiss_warning(&self) {
        self.content.lock().warning = None;
    }
}
