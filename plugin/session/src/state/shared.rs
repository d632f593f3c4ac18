//! The state as everybody shares it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde_json::Value;

use super::{MAX_BYTES, State};

/// Holds the state for host, window and worker. Behind a lock, so never for the audio thread.
#[derive(Debug, Default)]
pub struct StateCell {
    content: Mutex<Content>,
    revision: AtomicU64,
}

#[derive(Debug, Default)]
struct Content {
    state: Arc<State>,
    complaint: Option<String>,
}

impl StateCell {
    /// The state now.
    #[must_use]
    pub fn get(&self) -> Arc<State> {
        Arc::clone(&self.content.lock().state)
    }

    /// Changes the state. What would be larger than [`MAX_BYTES`] of JSON is not taken, and complained about.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        let mut content = self.content.lock();
        let mut state = (*content.state).clone();
        change(&mut state);
        let bytes = state.to_saved().to_string().len();
        if bytes > MAX_BYTES {
            content.complaint = Some(format!("choices: expected at most {MAX_BYTES} bytes, got {bytes}: not taken"));
        } else {
            content.state = Arc::new(state);
        }
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// Takes what was saved, as [`State::from_saved`] reads it.
    pub fn load(&self, saved: Value) {
        let (state, complaint) = State::from_saved(saved);
        *self.content.lock() = Content { state: Arc::new(state), complaint };
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// How often the state was changed or loaded: whoever keeps a copy compares. Real-time safe.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// What was wrong with what was loaded last, for the panel to show.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        self.content.lock().complaint.clone()
    }

    /// The complaint has been seen.
    pub fn dismiss_complaint(&self) {
        self.content.lock().complaint = None;
    }
}
