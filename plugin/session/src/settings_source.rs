//! What somebody wishes of an instance, wherever the wishes live: a host's parameters, an app's settings.

use std::sync::Arc;

use earmark_models::{Model, ModelError, Registry};

use crate::state::StateCell;

/// Which of the models that ship somebody listens, or should listen, with. Those that were added are chosen in the
/// [`State`](crate::state::State).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// For tags.
    pub tags: &'static str,
    /// For the tempo; none when it is off.
    pub tempo: Option<&'static str>,
}

/// What is wished of an instance now. Whoever owns the wishes changes them at any time; nobody is told, the worker looks.
///
/// Everything but [`Wishes::load`] and [`Wishes::state`] may be asked on the audio thread: an implementation reads
/// atomics, and nothing else.
pub trait Wishes: Send + Sync {
    /// The models.
    fn choice(&self) -> Choice;

    /// Predictions of tags per second while playing, in Hz. A tempo is predicted at most twice a second.
    fn rate_hz(&self) -> f32;

    /// Time constant of what is shown and sent, in seconds; 0 does not average.
    fn smoothing_s(&self) -> f32;

    /// Whether silence is called silence, and not asked about.
    fn gate(&self) -> bool;

    /// Whether what is shown and sent stays as it is. The time line and the report go on.
    fn frozen(&self) -> bool;

    /// Whether an offline render waits for the analysis, so that nothing is left out.
    fn block(&self) -> bool {
        true
    }

    /// Returns the models that can be chosen.
    fn registry(&self) -> &'static Registry;

    /// Loads the model of that id from [`Wishes::registry`]. Runs on the worker thread.
    ///
    /// # Errors
    /// Those of [`Registry::load`].
    fn load(&self, id: &str) -> Result<Arc<Model>, ModelError> {
        self.registry().load(id)
    }

    /// The choices that are saved as one object. Never for the audio thread.
    fn state(&self) -> &StateCell;
}
