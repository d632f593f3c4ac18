//! Saved state, shared between threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde_json::Value;

use super::{MAX_BYTES, State};

/// Saved state, shared by host, window and worker thread. All methods but [`SharedState::revision`] lock: not for the
/// audio thread.
#[derive(Debug, Default)]
pub struct SharedState {
    content: Mutex<Content>,
    revision: AtomicU64,
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
