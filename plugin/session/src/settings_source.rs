//! Source of an instance's settings: host parameters or app settings.

use std::sync::Arc;

use earmark_models::{Model, ModelError, Registry};

use crate::state::SharedState;

/// Selection of the shipped models. Added models are selected in the [`State`](crate::state::State).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelSelection {
    /// Id of the tag model.
    pub tags: &'static str,
    /// Id of the tempo model; none if tempo is off.
    pub tempo: Option<&'static str>,
}

/// Current settings of an instance. They may change at any time; the worker thread polls them.
///
/// All methods but [`SettingsSource::load`] and [`SettingsSource::state`] are called on the audio thread and must be
/// real-time safe.
pub trait SettingsSource: Send + Sync {
    /// Returns the selected models.
    fn selection(&self) -> ModelSelection;

    /// Returns the predictions of tags per second in real time, in Hz. A tempo is predicted at most at 2 Hz.
    fn rate_hz(&self) -> f32;

    /// Returns the time constant of the displayed and sent values, in seconds; 0 turns averaging off.
    fn smoothing_s(&self) -> f32;

    /// Whether silent input is reported as silence instead of being analyzed.
    fn gate(&self) -> bool;

    /// Whether the displayed and sent results are frozen. Timeline and report continue.
    fn frozen(&self) -> bool;

    /// Whether an offline render blocks until the analysis caught up, so that no audio is dropped (default true).
    fn block(&self) -> bool {
        true
    }

    /// Whether moods are derived from the tags in real time (default false).
    fn derives_moods(&self) -> bool {
        false
    }

    /// Returns the registry of the models that can be chosen.
    fn registry(&self) -> &'static Registry;

    /// Loads the model `id` from [`SettingsSource::registry`]. Runs on the worker thread.
    ///
    /// # Errors
    /// Those of [`Registry::load`].
    fn load(&self, id: &str) -> Result<Arc<Model>, ModelError> {
        self.registry().load(id)
    }

    /// Returns the saved state. Its methods lock: not for the audio thread.
    fn state(&self) -> &SharedState;
}
