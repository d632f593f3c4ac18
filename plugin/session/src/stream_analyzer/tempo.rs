//! Tempo stage of a stream analyzer: the tracker of the selected tempo model.
//!
//! The tracker takes the frames of the analyzer and, for whole patches, its predictions: neither is computed twice.

use std::sync::Arc;

use earmark_dsp::{Frame, FrontEnd, MarkKind, SampleRate};
use earmark_models::{Gate, Model, ModelError, Prediction, TempoEvent, TempoPreferences, TempoTracker};
use parking_lot::Mutex;

/// Settings of the tempo stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct TempoStageSettings {
    /// Silence gate.
    pub(super) gate: Option<Gate>,
    /// Frames from one answer from a whole patch to the next.
    pub(super) hop_frames: usize,
    /// Phase of the answers in frames: that of the analyzer.
    pub(super) phase: usize,
    /// Decisions of the performer.
    pub(super) preferences: TempoPreferences,
    /// Whether answers are left out, because the worker lags.
    pub(super) skip: bool,
    /// Whether onsets give a tempo without a model.
    pub(super) onsets_only: bool,
}

/// Frames of the analyzer for the tracker, since the last call of [`TempoStage::push`].
#[derive(Debug, Default)]
pub(super) struct TempoFrames {
    front_end: Option<FrontEnd>,
    /// Level of each frame, and the values of all.
    levels: Vec<f32>,
    values: Vec<f32>,
}

impl TempoFrames {
    /// Adds a frame of a front end, if it is that of the tempo model.
    pub(super) fn push(&mut self, front_end: FrontEnd, frame: &mut Frame<'_>) {
        if self.front_end == Some(front_end) {
            self.levels.push(frame.level);
            self.values.extend_from_slice(frame.bands());
        }
    }

    fn clear(&mut self) {
        self.levels.clear();
        self.values.clear();
    }
}

/// Tempo stage of a stream analyzer. Not real-time safe.
pub(super) struct TempoStage {
    rate: SampleRate,
    frames: Arc<Mutex<TempoFrames>>,
    tracker: Option<(Option<Arc<Model>>, TempoTracker)>,
    /// Whether no tracker can be built for the rate; not tried again.
    failed: bool,
}

impl TempoStage {
    /// Creates a stage without a tracker.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, frames: Arc::default(), tracker: None, failed: false }
    }

    /// Returns the receiver of the analyzer's frames, which takes those of the front end of the tempo model.
    pub(super) fn frames_of(&self, front_end: Option<FrontEnd>) -> Arc<Mutex<TempoFrames>> {
        let mut frames = self.frames.lock();
        if frames.front_end != front_end {
            *frames = TempoFrames { front_end, ..TempoFrames::default() };
        }
        Arc::clone(&self.frames)
    }

    /// Adds a prediction of the analyzer, before the samples that complete it.
    pub(super) fn add_prediction(&mut self, prediction: &Prediction) {
        if let Some((_, tracker)) = &mut self.tracker {
            tracker.add_prediction(prediction);
        }
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
            self.stop();
            return Ok(());
        }
        let is_same = |before: &Option<Arc<Model>>| match (before, model) {
            (Some(before), Some(model)) => Arc::ptr_eq(before, model),
            (before, model) => before.is_none() && model.is_none(),
        };
        let tracker = match self.tracker.take().filter(|(before, _)| is_same(before)) {
            Some((_, tracker)) => tracker,
            None => match self.new_tracker(model, settings.gate) {
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
        tracker.set_phase(settings.phase);
        tracker.set_preferences(settings.preferences);
        tracker.set_skip_inference(settings.skip);
        let mut frames = self.frames.lock();
        if let Some(front_end) = frames.front_end {
            let values = frames.values.chunks_exact(front_end.bands());
            frames.levels.iter().zip(values).for_each(|(&level, values)| tracker.add_frame(level, values));
        }
        frames.clear();
        drop(frames);
        tracker.push(samples, out)
    }

    fn new_tracker(&self, model: Option<&Arc<Model>>, gate: Option<Gate>) -> Result<TempoTracker, ModelError> {
        match model {
            Some(model) => TempoTracker::beside_analyzer(self.rate, model, gate),
            None => TempoTracker::new(self.rate, None, gate),
        }
    }

    /// Handles a discontinuity: audio before it does not join on to audio after it.
    pub(super) fn mark(&mut self, kind: MarkKind) {
        self.frames.lock().clear();
        if let Some((_, tracker)) = &mut self.tracker {
            tracker.mark(kind);
        }
    }

    /// Drops the tracker.
    pub(super) fn stop(&mut self) {
        self.frames.lock().clear();
        self.tracker = None;
    }
}
