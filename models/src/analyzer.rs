//! A set of models over one stream: samples in, predictions out.
//!
//! Models that name the same front-end share its frames, and heads on the same model its embedding. There is no thread
//! inside: live, in a bounce and on a file the same samples give the same predictions, however they are cut into blocks.

use std::sync::Arc;

use earmark_dsp::{
    Analyze, AnalyzeError, FeatureStream, Frame, FrontEnd, LastPatchMode, MarkKind, Patch, PatchGenerator, SampleRate,
    SourceClock,
};

use crate::{
    Activations, ContextMode, Gate, Kind, Model, ModelError, Network, PatchStep, Prediction, PredictionValue, pitch,
    tempo,
};

/// Plans an [`Analyzer`]: which models, how often, with or without a gate.
pub struct AnalyzerBuilder {
    rate: SampleRate,
    models: Vec<(Arc<Model>, usize)>,
    gate: Option<Gate>,
    last_patch_mode: LastPatchMode,
    context_mode: ContextMode,
}

impl AnalyzerBuilder {
    /// Adds a model at its card's hop.
    #[must_use]
    pub fn model(self, model: Arc<Model>) -> Self {
        let hop_frames = model.card().hop_frames;
        self.model_every(model, hop_frames)
    }

    /// Adds a model that predicts every `hop_frames` frames of its front-end (at least 1). Heads on the same model with
    /// the same hop, and that model itself, share its work.
    #[must_use]
    pub fn model_every(mut self, model: Arc<Model>, hop_frames: usize) -> Self {
        self.models.push((model, hop_frames));
        self
    }

    /// Sets the silence gate, or takes it away: then every patch is predicted, as in the reference.
    #[must_use]
    pub fn gate(mut self, gate: Option<Gate>) -> Self {
        self.gate = gate;
        self
    }

    /// Sets what becomes of the last, incomplete patch of a stream.
    #[must_use]
    pub fn last_patch_mode(mut self, last_patch_mode: LastPatchMode) -> Self {
        self.last_patch_mode = last_patch_mode;
        self
    }

    /// Sets what patches find beyond their borders.
    #[must_use]
    pub fn context_mode(mut self, context_mode: ContextMode) -> Self {
        self.context_mode = context_mode;
        self
    }

    /// Makes the analyzer. Allocates, and warms nothing up: call while activating.
    ///
    /// # Errors
    /// [`ModelError::Dsp`] when a hop is 0 or the rate cannot be converted, and whatever starting a network says.
    pub fn build(self) -> Result<Analyzer, ModelError> {
        let mut pipelines: Vec<FeaturePipeline> = Vec::new();
        for (model, hop_frames) in self.models {
            let front_end = model.card().front_end;
            let pipeline = match pipelines.iter().position(|pipeline| pipeline.front_end == front_end) {
                Some(place) => place,
                None => {
                    let stream = FeatureStream::new(front_end, self.rate)?;
                    pipelines.push(FeaturePipeline { front_end, stream, patch_pipelines: Vec::new() });
                    pipelines.len() - 1
                }
            };
            let (patch_pipelines, listener) = (&mut pipelines[pipeline].patch_pipelines, listener(&model)?);
            let is_same = |patch_pipeline: &PatchPipeline| {
                *patch_pipeline.runner.id == *listener.card().id && patch_pipeline.patches.hop() == hop_frames
            };
            let patch_pipeline = match patch_pipelines.iter().position(is_same) {
                Some(place) => place,
                None => {
                    patch_pipelines.push(PatchPipeline::new(
                        listener,
                        hop_frames,
                        self.last_patch_mode,
                        self.context_mode,
                    )?);
                    patch_pipelines.len() - 1
                }
            };
            patch_pipelines[patch_pipeline].runner.add(&model);
        }
        let clock = SourceClock::new(self.rate);
        Ok(Analyzer {
            watch: None,
            gate: self.gate,
            skips: false,
            skipped: 0,
            segment: StreamSegment { clock, origin_s: 0.0, generation: 0 },
            pipelines,
        })
    }
}

/// Whoever looks at the frames that the models are given: a front-end, and the bands of its next frame.
pub type Watch = Box<dyn FnMut(FrontEnd, &[f32]) + Send>;

/// A set of models over one stream.
pub struct Analyzer {
    watch: Option<Watch>,
    gate: Option<Gate>,
    skips: bool,
    skipped: u64,
    segment: StreamSegment,
    pipelines: Vec<FeaturePipeline>,
}

/// Part of a stream between two discontinuities.
struct StreamSegment {
    clock: SourceClock,
    origin_s: f64,
    generation: u64,
}

/// Resampler and features of one front end, and the models that take its frames.
struct FeaturePipeline {
    front_end: FrontEnd,
    stream: FeatureStream,
    patch_pipelines: Vec<PatchPipeline>,
}

/// Patches of one size and hop, and the model that takes them.
struct PatchPipeline {
    patches: PatchGenerator,
    runner: ModelRunner,
}

/// Network that takes patches, and the heads on its embedding.
struct ModelRunner {
    id: Arc<str>,
    kind: Kind,
    /// Whether anybody asked for the model itself.
    asked: bool,
    network: Network,
    heads: Vec<Head>,
}

struct Head {
    id: Arc<str>,
    kind: Kind,
    network: Network,
}

/// The model that takes the patches of this one: itself, or the one it is a head on.
fn listener(model: &Arc<Model>) -> Result<&Arc<Model>, ModelError> {
    match (&model.card().head_of, model.base()) {
        (None, _) => Ok(model),
        (Some(_), Some(base)) => Ok(base),
        (Some(of), None) => Err(ModelError::NoBase { id: model.card().id.clone(), base: of.clone() }),
    }
}

/// Turns patches into predictions for as long as one call lasts, and keeps the first error.
struct Predictor<'a> {
    front_end: FrontEnd,
    gate: Option<Gate>,
    skips: bool,
    skipped: u64,
    segment: &'a StreamSegment,
    out: &'a mut dyn FnMut(Prediction),
    result: Result<(), ModelError>,
}

/// How much a model has heard of what its first prediction needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The model's id.
    pub model: Arc<str>,
    /// Seconds heard since the stream began or last jumped.
    pub have_s: f64,
    /// Seconds that hold one patch.
    pub need_s: f64,
}

impl Analyzer {
    /// Plans an analyzer for mono samples at `rate`, with the default gate and incomplete patches dropped.
    #[must_use]
    pub fn builder(rate: SampleRate) -> AnalyzerBuilder {
        AnalyzerBuilder {
            rate,
            models: Vec::new(),
            gate: Some(Gate::default()),
            last_patch_mode: LastPatchMode::default(),
            context_mode: ContextMode::default(),
        }
    }

    /// Takes mono samples and gives the predictions that they complete; those of one model come in order.
    ///
    /// # Errors
    /// What a network says. The other models go on, and the first error is returned.
    pub fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        self.segment.clock.advance(samples.len());
        let mut result = Ok(());
        for pipeline in &mut self.pipelines {
            let mut predictor = Predictor::new(pipeline.front_end, self.gate, self.skips, &self.segment, out);
            let watch = &mut self.watch;
            pipeline.stream.push(samples, |mut frame| {
                predictor.hear(&mut pipeline.patch_pipelines, &mut frame);
                if let (Some(watch), Some(bands)) = (watch.as_mut(), frame.made()) {
                    watch(pipeline.front_end, bands);
                }
            });
            self.skipped += predictor.skipped;
            result = result.and(predictor.result);
        }
        result
    }

    /// Ends the stream: gives the predictions that its last frames complete, then starts anew at time 0.
    ///
    /// # Errors
    /// As [`Analyzer::push`].
    pub fn flush(&mut self, out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        let mut result = Ok(());
        for pipeline in &mut self.pipelines {
            let mut predictor = Predictor::new(pipeline.front_end, self.gate, self.skips, &self.segment, out);
            pipeline.stream.flush(|mut frame| predictor.hear(&mut pipeline.patch_pipelines, &mut frame));
            predictor.end(&mut pipeline.patch_pipelines);
            self.skipped += predictor.skipped;
            result = result.and(predictor.result);
        }
        self.reset();
        result
    }

    /// Forgets everything heard: the next sample is at time 0, in a new generation.
    pub fn reset(&mut self) {
        self.jump(MarkKind::Reset);
        self.segment.generation += 1;
    }

    /// Sets the silence gate, or takes it away, from the next patch on.
    pub fn set_gate(&mut self, gate: Option<Gate>) {
        self.gate = gate;
    }

    /// Calls `watch` with every frame that a model takes from now on, on the thread that pushes: it should be quick.
    pub fn set_watch(&mut self, watch: Option<Watch>) {
        self.watch = watch;
    }

    /// Sets whether predictions are skipped: whoever is far behind comes to what is playing now by it. The patches are
    /// made all the same, so that the next prediction that is not skipped comes at once.
    pub fn set_skipping(&mut self, skips: bool) {
        self.skips = skips;
    }

    /// How many predictions have been skipped.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Sets how many frames lie between two predictions of a model, from the next one on; what was heard stays. The
    /// same is set for all heads on the same model. Of a model that is not there nothing is set.
    ///
    /// # Errors
    /// [`ModelError::Dsp`] when the hop is 0, and nothing changes.
    pub fn set_hop_frames(&mut self, model: &str, hop_frames: usize) -> Result<(), ModelError> {
        let patch_pipelines = self.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.patch_pipelines);
        for patch_pipeline in
            patch_pipelines.filter(|patch_pipeline| patch_pipeline.runner.ids().any(|id| &**id == model))
        {
            patch_pipeline.patches.set_hop(hop_frames)?;
        }
        Ok(())
    }

    /// How far each model is from its first prediction, in the order in which they were added by front-end.
    pub fn progress(&self) -> impl Iterator<Item = Progress> {
        let have_s = self.segment.clock.now_s() - self.segment.origin_s;
        self.pipelines.iter().flat_map(move |pipeline| {
            pipeline.patch_pipelines.iter().flat_map(move |patch_pipeline| {
                let need_s = pipeline
                    .front_end
                    .rate()
                    .seconds(pipeline.front_end.samples_for(patch_pipeline.patches.patch_frames()));
                patch_pipeline.runner.ids().map(move |id| Progress { model: Arc::clone(id), have_s, need_s })
            })
        })
    }

    /// The stretch heard before `kind` does not join on to what follows.
    fn jump(&mut self, kind: MarkKind) {
        self.segment.clock.apply(kind);
        self.segment.origin_s = self.segment.clock.now_s();
        for pipeline in &mut self.pipelines {
            pipeline.stream.reset();
            pipeline.patch_pipelines.iter_mut().for_each(|patch_pipeline| patch_pipeline.patches.reset());
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
                self.jump(kind);
                self.segment.generation += 1;
            }
            // The same segment continues, behind a hole: no prediction spans it.
            MarkKind::Gap { .. } => self.jump(kind),
        }
        Ok(())
    }
}

impl PatchPipeline {
    fn new(
        model: &Model,
        hop_frames: usize,
        last_patch_mode: LastPatchMode,
        context_mode: ContextMode,
    ) -> Result<Self, ModelError> {
        let card = model.card();
        let runner = ModelRunner {
            id: card.id.as_str().into(),
            kind: card.kind,
            asked: false,
            network: model.network_with(context_mode),
            heads: Vec::new(),
        };
        let patches = PatchGenerator::new(card.front_end.bands(), card.patch_frames, hop_frames, last_patch_mode)?;
        Ok(Self { patches, runner })
    }
}

impl ModelRunner {
    /// Lets `model` speak, which is this one or a head on it. One that speaks already does not speak twice.
    fn add(&mut self, model: &Model) {
        let card = model.card();
        if card.head_of.is_none() {
            self.asked = true;
        } else if !self.heads.iter().any(|head| *head.id == *card.id) {
            self.heads.push(Head { id: card.id.as_str().into(), kind: card.kind, network: model.network() });
        }
    }

    /// Who speaks.
    fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.asked.then_some(&self.id).into_iter().chain(self.heads.iter().map(|head| &head.id))
    }

    fn silence(&mut self, new_frames: usize, say: &mut dyn FnMut(&Arc<str>, PredictionValue)) {
        self.network.pass_over(new_frames);
        self.ids().for_each(|id| say(id, PredictionValue::Silent));
    }

    /// Says what is heard in a patch; of those that fail, the first error.
    fn speak(&mut self, patch: &Patch<'_>, say: &mut dyn FnMut(&Arc<str>, PredictionValue)) -> Result<(), ModelError> {
        let step = PatchStep { new_frames: patch.new_frames, next_move: patch.next_move };
        let heard = self.network.follow(patch.data, step)?;
        if self.asked {
            say(&self.id, outcome(self.kind, heard));
        }
        let mut result = Ok(());
        // A head's card was put beside its model's: where there is a head there is an embedding.
        let embedding = heard.embedding.as_deref().unwrap_or_default();
        for head in &mut self.heads {
            match head.network.run(embedding) {
                Ok(heard) => say(&head.id, outcome(head.kind, heard)),
                Err(error) => result = result.and(Err(error)),
            }
        }
        result
    }
}

fn outcome(kind: Kind, heard: &Activations) -> PredictionValue {
    let Activations { activations, embedding } = heard;
    match kind {
        Kind::Tags | Kind::Events | Kind::Classes => {
            PredictionValue::Tags { values: activations.clone(), embedding: embedding.clone() }
        }
        Kind::Values { .. } => PredictionValue::Values(activations.clone()),
        Kind::Tempo { first_bpm } => {
            PredictionValue::Tempo { local: tempo::decode(activations, first_bpm), probabilities: activations.clone() }
        }
        Kind::Pitch => PredictionValue::Pitch(pitch::decode(activations)),
        Kind::Embedding => PredictionValue::Embedding(embedding.clone().unwrap_or_default()),
    }
}

impl<'a> Predictor<'a> {
    fn new(
        front_end: FrontEnd,
        gate: Option<Gate>,
        skips: bool,
        segment: &'a StreamSegment,
        out: &'a mut dyn FnMut(Prediction),
    ) -> Self {
        Self { front_end, gate, skips, skipped: 0, segment, out, result: Ok(()) }
    }

    fn hear(&mut self, patch_pipelines: &mut [PatchPipeline], frame: &mut Frame<'_>) {
        for PatchPipeline { patches, runner } in patch_pipelines {
            let level = frame.level;
            let bands = if patches.wants_next() { frame.bands() } else { &[] };
            patches.push(bands, level, |patch| self.predict(runner, &patch));
        }
    }

    fn end(&mut self, patch_pipelines: &mut [PatchPipeline]) {
        for PatchPipeline { patches, runner } in patch_pipelines {
            patches.flush(|patch| self.predict(runner, &patch));
        }
    }

    fn predict(&mut self, runner: &mut ModelRunner, patch: &Patch<'_>) {
        if self.skips {
            self.skipped += 1;
            runner.network.pass_over(patch.new_frames);
            return;
        }
        let (start_s, end_s) = self.span(patch);
        let (generation, out) = (self.segment.generation, &mut *self.out);
        let mut say = |id: &Arc<str>, outcome| {
            out(Prediction { model: Arc::clone(id), generation, start_s, end_s, outcome });
        };
        if self.gate.is_some_and(|gate| gate.is_silent(patch.levels)) {
            runner.silence(patch.new_frames, &mut say);
        } else {
            let spoke = runner.speak(patch, &mut say);
            self.result = std::mem::replace(&mut self.result, Ok(())).and(spoke);
        }
    }

    /// What the patch heard, in source time, without the zeros before the stream and behind it.
    fn span(&self, patch: &Patch<'_>) -> (f64, f64) {
        let (start_s, end_s) = self.front_end.span(patch.first_frame, patch.heard_frames);
        let origin_s = self.segment.origin_s;
        (origin_s + start_s.max(0.0), (origin_s + end_s).min(self.segment.clock.now_s()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use crate::Registry;

    #[test]
    fn whoever_watches_sees_every_frame_once() {
        let model = Registry::global().load("msd-musicnn").unwrap();
        let mut analyzer = Analyzer::builder(SampleRate::HZ_16000).model(model).build().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&seen);
        analyzer.set_watch(Some(Box::new(move |front_end, bands| {
            assert_eq!((front_end, bands.len()), (FrontEnd::MusiCnn, 96));
            counted.fetch_add(1, Relaxed);
        })));
        let second = vec![0.1; 16_000];
        second.chunks(100).for_each(|samples| analyzer.push(samples, &mut |_| {}).unwrap());
        let expected = (16_000 - 256) / 256 + 1;
        assert!(seen.load(Relaxed).abs_diff(expected) <= 1, "{} frames, {expected} expected", seen.load(Relaxed));
        analyzer.set_watch(None);
        analyzer.push(&second, &mut |_| {}).unwrap();
        assert!(seen.load(Relaxed) <= expected + 1);
    }

    #[test]
    fn hop_and_gate_can_be_set_while_listening() {
        let model = Registry::global().load("msd-vgg").unwrap();
        let rate = SampleRate::HZ_16000;
        let mut analyzer = Analyzer::builder(rate).model_every(Arc::clone(&model), 90).build().unwrap();
        let mut heard = Vec::new();
        let silence = vec![0.0; 8 * 16_000];
        let third = silence.len() / 3;
        analyzer.push(&silence[..2 * third], &mut |p| heard.push(p)).unwrap();
        let before = heard.len();
        assert!(before >= 2, "{before} predictions in {} s", 2 * third / 16_000);
        assert!(heard.iter().all(|p| p.outcome == PredictionValue::Silent));
        analyzer.set_hop_frames("msd-vgg", 30).unwrap();
        analyzer.set_hop_frames("nobody", 7).unwrap();
        assert!(analyzer.set_hop_frames("msd-vgg", 0).is_err());
        analyzer.set_gate(None);
        analyzer.push(&silence[2 * third..], &mut |p| heard.push(p)).unwrap();
        let after = &heard[before..];
        assert!(
            after.len() >= 2 && after.iter().all(|p| matches!(p.outcome, PredictionValue::Tags { .. })),
            "{after:?}"
        );
        let front_end = model.card().front_end;
        let hop_s = |frames: usize| (frames * front_end.hop()) as f64 / front_end.rate().hz();
        let step_s = after[1].start_s - after[0].start_s;
        assert!((step_s - hop_s(30)).abs() < 1e-9, "expected {}, got {step_s}", hop_s(30));
    }
}
