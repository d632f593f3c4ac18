//! Tempo stage of a stream analyzer: the tracker of the selected tempo model.

use std::sync::Arc;

use earmark_dsp::{MarkKind, SampleRate};
use earmark_models::{Gate, Model, ModelError, TempoEvent, TempoPreferences, TempoTracker};

/// Settings of the tempo stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct TempoStageSettings {
    /// Silence gate.
    pub(super) gate: Option<Gate>,
    /// Frames from one answer from a whole patch to the next.
    pub(super) hop_frames: usize,
    /// Decisions of the performer.
    pub(super) preferences: TempoPreferences,
    /// Whether answers are left out, because the worker lags.
    pub(super) skip: bool,
    /// Whether onsets give a tempo without a model.
    pub(super) onsets_only: bool,
}

/// Tempo stage of a stream analyzer. Not real-time safe.
pub(super) struct TempoStage {
    rate: SampleRate,
    tracker: Option<(Option<Arc<Model>>, TempoTracker)>,
    /// Whether no tracker can be built for the rate; not tried again.
    failed: bool,
}

impl TempoStage {
    /// Creates a stage without a tracker.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, tracker: None, failed: false }
    }

    /// Adds samples from source time `start_s` (seconds) and calls `out` with the results. Another model starts again from
    /// these samples on; without a model, and without [`TempoStageSettings::onsets_only`], the stage is off.
    ///
    /// # Errors
    /// If no tracker can be built for the rate, once, and the errors of the network.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        start_s: f64,
        model: Option<&Arc<Model>>,
        settings: &TempoStageSettings,
        out: &mut dyn FnMut(TempoEvent),
    ) -> Result<(), ModelError> {
        if self.failed || (model.is_none() && !settings.onsets_only) {
            self.tracker = None;
            return Ok(());
        }
        let is_same = |before: &Option<Arc<Model>>| match (before, model) {
            (Some(before), Some(model)) => Arc::ptr_eq(before, model),
            (before, model) => before.is_none() && model.is_none(),
        };
        let tracker = match self.tracker.take().filter(|(before, _)| is_same(before)) {
            Some((_, tracker)) => tracker,
            None => match TempoTracker::new(self.rate, model, settings.gate) {
                Ok(mut tracker) => {
                    tracker.mark(MarkKind::Seek { to_s: start_s });
                    tracker
                }
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            },
        };
        let (_, tracker) = self.tracker.insert((model.cloned(), tracker));
        tracker.set_gate(settings.gate);
        tracker.set_hop_frames(settings.hop_frames);
        tracker.set_preferences(settings.preferences);
        tracker.set_skip_inference(settings.skip);
        tracker.push(samples, out)
    }

    /// Handles a discontinuity: audio before it does not join on to audio after it.
    pub(super) fn mark(&mut self, kind: MarkKind) {
        if let Some((_, tracker)) = &mut self.tracker {
            tracker.mark(kind);
        }
    }

    /// Drops the tracker.
    pub(super) fn stop(&mut self) {
        self.tracker = None;
    }
}
