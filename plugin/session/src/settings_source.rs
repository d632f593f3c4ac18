//! Source of an instance's settings: a host's parameters, or the settings of an app.

use std::sync::Arc;

use earmark_models::{Model, ModelError, Registry};

use crate::state::StateCell;

/// Built-in models of an instance. Models that the user installed are chosen in the [`State`](crate::state::State).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelSelection {
    /// For tags.
    pub tags: &'static str,
    /// For the tempo; none when it is off.
    pub tempo: Option<&'static str>,
}

/// Settings of an instance, read by the analysis. The owner may change them at any time; the worker thread polls them.
///
/// All methods except [`SettingsSource::load`] and [`SettingsSource::state`] are called on the audio thread and must be
/// real-time safe: an implementation reads atomics.
pub trait SettingsSource: Send + Sync {
    /// The models.
    fn selection(&self) -> ModelSelection;

    /// Predictions of tags per second while playing, in Hz. A tempo is predicted at most twice a second.
    fn rate_hz(&self) -> f32;

    /// Time constant of what is shown and sent, in seconds; 0 does not average.
    fn smoothing_s(&self) -> f32;

    /// Whether silent patches are not analyzed.
    fn gate(&self) -> bool;

    /// Whether what is shown and sent stays as it is. The time line and the report go on.
    fn frozen(&self) -> bool;

    /// Whether an offline render waits for the analysis, so that nothing is left out.
    fn block(&self) -> bool {
        true
    }

    /// Returns the models that can be chosen.
    fn registry(&self) -> &'static Registry;

    /// Loads the model of that id from [`SettingsSource::registry`]. Runs on the worker thread.
    ///
    /// # Errors
    /// Those of [`Registry::load`].
    fn load(&self, id: &str) -> Result<Arc<Model>, ModelError> {
        self.registry().load(id)
    }

    /// The choices that are saved as one object. Never for the audio thread.
    fn state(&self) -> &StateCell;
}
