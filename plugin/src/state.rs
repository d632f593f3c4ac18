//! What a host saves beside the parameters, as nice-plug wants it: a [`StateCell`] that is a persistent field.

mod sanitize;
#[cfg(test)]
mod tests;

use std::ops::Deref;

use earmark_session::state::StateCell;
use nice_plug::params::persist::PersistentField;
use serde_json::Value;

pub use self::sanitize::repair;

/// The saved choices of an instance.
#[derive(Debug, Default)]
pub struct Saved(StateCell);

impl Deref for Saved {
    type Target = StateCell;

    fn deref(&self) -> &StateCell {
        &self.0
    }
}

impl PersistentField<'_, Value> for Saved {
    fn set(&self, saved: Value) {
        self.0.load(saved);
    }

    fn map<F, R>(&self, look: F) -> R
    where
        F: Fn(&Value) -> R,
    {
        look(&self.0.get().to_saved())
    }
}
