//! Saved state besides the parameters: a [`SharedState`] as a persistent field of nice-plug.

mod sanitize;
#[cfg(test)]
mod tests;

use std::ops::Deref;

use earmark_session::state::SharedState;
use nice_plug::params::persist::PersistentField;
use serde_json::Value;

pub use self::sanitize::sanitize_state;

/// Saved state of an instance, as a persistent field.
#[derive(Debug, Default)]
pub struct PersistedState(SharedState);

impl Deref for PersistedState {
    type Target = SharedState;

    fn deref(&self) -> &SharedState {
        &self.0
    }
}

impl PersistentField<'_, Value> for PersistedState {
    fn set(&self, saved: Value) {
        self.0.load(saved);
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&Value) -> R,
    {
        read(&self.0.get().to_saved())
    }
}
