//! Analysis of one stream with a set of models: samples in, predictions out.
//!
//! Models with the same front end share its frames, and heads on the same base model share its embedding. The analyzer
//! starts no thread: the same samples give the same predictions live, in a render and for a file, at any block size.

mod parallel;
mod patch_pipeline;
mod predictor;
mod runner;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use earmark_dsp::{
    Analyze, AnalyzeError, FeatureStream, Frame, FrontEnd, LastPatchMode, MarkKind, SampleRate, SourceClock,
};

pub use self::parallel::ParallelAnalyzer;
use self::patch_pipeline::{PatchPipeline, chain};
use self::predictor::{Predictor, StreamSegment};
use crate::{ContextMode, Gate, Model, ModelError, Prediction};

/// Builder of an [`Analyzer`]: models with their hops, silence gate and context mode.
pub struct AnalyzerBuilder {
    rate: SampleRate,
    models: Vec<(Arc<Model>, usize)>,
    gate: Option<Gate>,
    last_patch_mode: LastPatchMode,
    context_mode: ContextMode,
    early: bool,
    phase: usize,
}

impl fmt::Debug for AnalyzerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models = self.models.iter().map(|(model, hop_frames)| (&model.card().id, hop_frames));
        f.debug_struct("AnalyzerBuilder")
            .field("rate", &self.rate)
            .field("models", &models.collect::<Vec<_>>())
            .field("gate", &self.gate)
            .field("last_patch_mode", &self.last_patch_mode)
            .field("context_mode", &self.context_mode)
            .field("early", &self.early)
            .field("phase", &self.phase)
            .finish()
    }
}

impl AnalyzerBuilder {
    /// Adds a model with the hop of its card.
    #[must_use]
    pub fn model(self, model: Arc<Model>) -> Self {
        let hop_frames = model.card().hop_frames;
        self.model_with_hop(model, hop_frames)
    }

    /// Adds a model that predicts every `hop_frames` frames of its front end (at least 1). A base model and its heads
    /// with the same hop share its inference.
    #[must_use]
    pub fn model_with_hop(mut self, model: Arc<Model>, hop_frames: usize) -> Self {
        self.models.push((model, hop_frames));
        self
    }

    /// Sets the silence gate. With none, every patch is analyzed, as in the reference.
    #[must_use]
    pub fn gate(mut self, gate: Option<Gate>) -> Self {
        self.gate = gate;
        self
    }

    /// Sets the treatment of the last, incomplete patch of a stream.
    #[must_use]
    pub fn last_patch_mode(mut self, last_patch_mode: LastPatchMode) -> Self {
        self.last_patch_mode = last_patch_mode;
        self
    }

    /// Sets the context of patches beyond their borders.
    #[must_use]
    pub fn context_mode(mut self, context_mode: ContextMode) -> Self {
        self.context_mode = context_mode;
        self
    }

    /// Sets whether patches end with the last frame that reaches the outputs of their network, so that a prediction is
    /// given as early as possible and its range ends there: with VGG 0.42 s earlier. By default patches are whole, as in
    /// the reference. The values are the same.
    #[must_use]
    pub fn early(mut self, early: bool) -> Self {
        self.early = early;
        self
    }

    /// Sets the phase of the predictions: those after the first of each model are for patches that begin at frames that equal
    /// `phase` modulo the hop. Streams that begin together then do not all predict at the same time. 0 by default, as in the
    /// reference.
    #[must_use]
    pub fn phase(mut self, phase: usize) -> Self {
        self.phase = phase;
        self
    }

    /// Creates the analyzer, without a warm-up run. Allocates: call while activating.
    ///
    /// # Errors
    /// [`ModelError::Dsp`] if a hop is 0 or the rate cannot be converted, and [`ModelError::MissingBase`] for a head
    /// without its base model.
    pub fn build(self) -> Result<Analyzer, ModelError> {
        let mut pipelines: Vec<FeaturePipeline> = Vec::new();
        for (model, hop_frames) in self.models {
            let front_end = model.card().front_end;
            let pipeline = match pipelines.iter().position(|pipeline| pipeline.front_end == front_end) {
                Some(place) => place,
                None => {
                    let stream = FeatureStream::new(front_end, self.rate)?;
                    pipelines.push(FeaturePipeline {
                        front_end,
                        stream,
                        start_s: 0.0,
                        frames: 0,
                        patch_pipelines: Vec::new(),
                    });
                    pipelines.len() - 1
                }
            };
            let (patch_pipelines, chain) = (&mut pipelines[pipeline].patch_pipelines, chain(&model)?);
            let backbone = chain[0];
            let is_fixed = chain.iter().any(|model| model.card().has_fixed_hop());
            let hop_frames = if is_fixed { backbone.card().hop_frames } else { hop_frames };
            let is_same = |patch_pipeline: &PatchPipeline| {
                *patch_pipeline.runner.id == *backbone.card().id && patch_pipeline.patches.hop() == hop_frames
            };
            let patch_pipeline = match patch_pipelines.iter().position(is_same) {
                Some(place) => place,
                None => {
                    let (mode, context_mode) = (self.last_patch_mode, self.context_mode);
                    let mut added = PatchPipeline::new(backbone, hop_frames, mode, context_mode, self.early)?;
                    added.patches.set_phase(self.phase);
                    patch_pipelines.push(added);
                    patch_pipelines.len() - 1
                }
            };
            patch_pipelines[patch_pipeline].is_hop_fixed |= is_fixed;
            patch_pipelines[patch_pipeline].models.push(Arc::clone(&model));
            patch_pipelines[patch_pipeline].runner.add(&chain[1..]);
        }
        let clock = SourceClock::new(self.rate);
        Ok(Analyzer {
            callback: None,
            gate: self.gate,
            skips: false,
            skipped: 0,
            segment: StreamSegment { clock, origin_s: 0.0, generation: 0 },
            pipelines,
        })
    }
}

/// Callback for each frame, with its front end. It computes the features of a frame that no patch contains if it reads them.
pub type FrameCallback = Box<dyn FnMut(FrontEnd, &mut Frame<'_>) + Send>;

/// Analyzer of one stream with a set of models.
pub struct Analyzer {
    callback: Option<FrameCallback>,
    gate: Option<Gate>,
    skips: bool,
    skipped: u64,
    segment: StreamSegment,
    pipelines: Vec<FeaturePipeline>,
}

impl fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.progress().map(|progress| progress.model).collect();
        f.debug_struct("Analyzer")
            .field("models", &models)
            .field("gate", &self.gate)
            .field("generation", &self.segment.generation)
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}

/// Resampler and features of one front end, with the models that take them.
struct FeaturePipeline {
    front_end: FrontEnd,
    stream: FeatureStream,
    /// Time of the first sample since the start of the segment, in seconds; later than 0 for a front end that was added
    /// to a running stream.
    start_s: f64,
    /// Number of frames so far.
    frames: u64,
    patch_pipelines: Vec<PatchPipeline>,
}

/// Progress of a model towards its first prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Id of the model.
    pub model: Arc<str>,
    /// Audio in seconds received since the start of the stream or the last discontinuity.
    pub buffered_s: f64,
    /// Audio in seconds that one patch requires.
    pub required_s: f64,
}

impl Analyzer {
    /// Returns a builder for mono samples at `rate`, with the default gate; incomplete patches are dropped.
    #[must_use]
    pub fn builder(rate: SampleRate) -> AnalyzerBuilder {
        AnalyzerBuilder {
            rate,
            models: Vec::new(),
            gate: Some(Gate::default()),
            last_patch_mode: LastPatchMode::default(),
            context_mode: ContextMode::default(),
            early: false,
            phase: 0,
        }
    }

    /// Adds mono samples and calls `out` with the predictions that they complete; those of one model are in order.
    /// Allocates: call on the worker thread.
    ///
    /// # Errors
    /// The first error of a network. The other models continue.
    pub fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        self.push_frames(samples, out, |_, _, _| {})
    }

    /// Adds samples as [`Analyzer::push`] does, and calls `each_frame` with the number of the front end, each of its
    /// frames and the source time.
    fn push_frames(
        &mut self,
        samples: &[f32],
        out: &mut dyn FnMut(Prediction),
        mut each_frame: impl FnMut(usize, &mut Frame<'_>, SourceClock),
    ) -> Result<(), ModelError> {
        self.segment.clock.advance(samples.len());
        let clock = self.segment.clock;
        let mut result = Ok(());
        for (number, pipeline) in self.pipelines.iter_mut().enumerate() {
            let mut predictor =
                Predictor::new((pipeline.front_end, pipeline.start_s), self.gate, self.skips, &self.segment, out);
            let callback = &mut self.callback;
            pipeline.stream.push(samples, |mut frame| {
                pipeline.frames += 1;
                predictor.process_frame(&mut pipeline.patch_pipelines, &mut frame);
                each_frame(number, &mut frame, clock);
                if let Some(callback) = callback.as_mut() {
                    callback(pipeline.front_end, &mut frame);
                }
            });
            self.skipped += predictor.skipped;
            result = result.and(predictor.result);
        }
        result
    }

    /// Ends the stream: calls `out` with the predictions that its last frames complete, then restarts at time 0.
    ///
    /// # Errors
    /// As [`Analyzer::push`].
    pub fn flush(&mut self, out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        self.flush_frames(out, |_, _, _| {})
    }

    /// Ends the stream as [`Analyzer::flush`] does, and calls `each_frame` as [`Analyzer::push_frames`] does.
    fn flush_frames(
        &mut self,
        out: &mut dyn FnMut(Prediction),
        mut each_frame: impl FnMut(usize, &mut Frame<'_>, SourceClock),
    ) -> Result<(), ModelError> {
        let clock = self.segment.clock;
        let mut result = Ok(());
        for (number, pipeline) in self.pipelines.iter_mut().enumerate() {
            let mut predictor =
                Predictor::new((pipeline.front_end, pipeline.start_s), self.gate, self.skips, &self.segment, out);
            pipeline.stream.flush(|mut frame| {
                predictor.process_frame(&mut pipeline.patch_pipelines, &mut frame);
                each_frame(number, &mut frame, clock);
            });
            predictor.end(&mut pipeline.patch_pipelines);
            self.skipped += predictor.skipped;
            result = result.and(predictor.result);
        }
        self.reset();
        result
    }

    /// Adds mono samples and returns the predictions that they complete, and last the error of [`Analyzer::push`], if there
    /// is one. All samples are processed, even if the iterator is dropped. Allocates: call on the worker thread.
    pub fn predictions(&mut self, samples: &[f32]) -> impl Iterator<Item = Result<Prediction, ModelError>> + use<> {
        let mut found = Vec::new();
        let result = self.push(samples, &mut |prediction| found.push(prediction));
        found.into_iter().map(Ok).chain(result.err().map(Err))
    }

    /// Ends the stream as [`Analyzer::flush`] does, and returns the predictions of its last frames as
    /// [`Analyzer::predictions`] does.
    pub fn last_predictions(&mut self) -> impl Iterator<Item = Result<Prediction, ModelError>> + use<> {
        let mut found = Vec::new();
        let result = self.flush(&mut |prediction| found.push(prediction));
        found.into_iter().map(Ok).chain(result.err().map(Err))
    }

    /// Discards all buffered audio: the next sample is at time 0, in a new generation.
    pub fn reset(&mut self) {
        self.discontinuity(MarkKind::Reset);
        self.segment.generation += 1;
    }

    /// Sets the silence gate from the next patch on; none analyzes every patch.
    pub fn set_gate(&mut self, gate: Option<Gate>) {
        self.gate = gate;
    }

    /// Sets the callback for each frame, or removes it. It runs on the thread that calls
    /// [`push`](Self::push) and must return quickly.
    pub fn set_frame_callback(&mut self, callback: Option<FrameCallback>) {
        self.callback = callback;
    }

    /// Sets whether inference is skipped, by which a lagging stream catches up. Patches are still generated, so the
    /// next prediction needs no new warm-up.
    pub fn set_skip_inference(&mut self, skips: bool) {
        self.skips = skips;
    }

    /// Returns the number of skipped predictions.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Sets the hop of a model in frames from the next prediction on, without losing buffered audio. The hop applies to
    /// all heads on the same base model. A model with a [fixed hop](crate::Card::has_fixed_hop) keeps that of its card, and an
    /// unknown id has no effect.
    ///
    /// # Errors
    /// [`ModelError::Dsp`] if the hop is 0; the hop then does not change.
    pub fn set_hop_frames(&mut self, model: &str, hop_frames: usize) -> Result<(), ModelError> {
        let patch_pipelines = self.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.patch_pipelines);
        for patch_pipeline in patch_pipelines.filter(|patch_pipeline| patch_pipeline.runner.has(model)) {
            if !patch_pipeline.is_hop_fixed {
                patch_pipeline.patches.set_hop(hop_frames)?;
            }
        }
        Ok(())
    }

    /// Iterates over the progress of each model towards its first prediction, grouped by front end in the order of
    /// addition.
    pub fn progress(&self) -> impl Iterator<Item = Progress> {
        let elapsed_s = self.segment.elapsed_s();
        self.pipelines.iter().flat_map(move |pipeline| {
            pipeline.patch_pipelines.iter().flat_map(move |patch_pipeline| {
                let front_end = pipeline.front_end;
                let before_s = front_end.rate().seconds(patch_pipeline.first_frame * front_end.hop() as u64);
                let buffered_s = elapsed_s - pipeline.start_s - before_s;
                let required_s = move |frames| front_end.rate().seconds(front_end.samples_for(frames));
                let requested = patch_pipeline.runner.requested().into_iter();
                requested.map(move |(model, frames)| Progress { model, buffered_s, required_s: required_s(frames) })
            })
        })
    }

    /// Continues the stream of `earlier`, an analyzer for the same rate: source time and generation go on. Models that
    /// both have continue with their buffered audio and their state; the others start now.
    pub fn continue_from(&mut self, earlier: Self) {
        self.segment = earlier.segment;
        self.skips = earlier.skips;
        self.skipped = earlier.skipped;
        let elapsed_s = self.segment.elapsed_s();
        let mut earlier = earlier.pipelines;
        for pipeline in &mut self.pipelines {
            match earlier.iter().position(|before| before.front_end == pipeline.front_end) {
                Some(place) => pipeline.continue_from(earlier.swap_remove(place)),
                None => pipeline.start_s = elapsed_s,
            }
        }
    }

    /// Handles a discontinuity: buffered audio is discarded and does not join the following audio.
    fn discontinuity(&mut self, kind: MarkKind) {
        self.segment.clock.apply(kind);
        self.segment.origin_s = self.segment.clock.now_s();
        for pipeline in &mut self.pipelines {
            pipeline.stream.reset();
            (pipeline.start_s, pipeline.frames) = (0.0, 0);
            for patch_pipeline in &mut pipeline.patch_pipelines {
                patch_pipeline.first_frame = 0;
                patch_pipeline.patches.reset();
                patch_pipeline.runner.reset();
            }
        }
    }
}

impl Analyze for Analyzer {
    type Output = Prediction;

    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Prediction)) -> Result<(), AnalyzeError> {
        Ok(Self::push(self, samples, out)?)
    }

    fn mark(&mut self, kind: MarkKind, out: &mut dyn FnMut(Prediction)) -> Result<(), AnalyzeError> {
        match kind {
            MarkKind::End => self.flush(out)?,
            MarkKind::Reset => self.reset(),
            MarkKind::Seek { .. } => {
                self.discontinuity(kind);
                self.segment.generation += 1;
            }
            // The segment continues after the gap, in the same generation; no prediction spans the gap.
            MarkKind::Gap { .. } => self.discontinuity(kind),
        }
        Ok(())
    }
}

impl FeaturePipeline {
    /// Continues the frames of a pipeline with the same front end, and the patches of the models that both have.
    fn continue_from(&mut self, mut earlier: Self) {
        (self.stream, self.start_s, self.frames) = (earlier.stream, earlier.start_s, earlier.frames);
        for patch_pipeline in &mut self.patch_pipelines {
            match earlier.patch_pipelines.iter().position(|before| before.has_same_models(patch_pipeline)) {
                Some(place) => {
                    let hop_frames = patch_pipeline.patches.hop();
                    *patch_pipeline = earlier.patch_pipelines.swap_remove(place);
                    // A hop of 0 is refused when the new pipeline is built.
                    let _ = patch_pipeline.patches.set_hop(hop_frames);
                }
                None => patch_pipeline.first_frame = self.frames,
            }
        }
    }
}
