//! A set of models over one stream: samples in, predictions out.
//!
//! Models that name the same front-end share its frames. There is no thread inside: live, in a bounce and on a file
//! the same samples give the same predictions, however they are cut into blocks.

use std::sync::Arc;

use earmark_dsp::{
    Analyze, AnalyzeError, FeatureStream, Frame, FrontEnd, MarkKind, Patch, PatchGenerator, SampleRate, SourceClock,
    Tail,
};

use crate::{Advance, Borders, Gate, Kind, Model, ModelError, Network, Outcome, Prediction, tempo};

/// Plans an [`Analyzer`]: which models, how often, with or without a gate.
pub struct AnalyzerBuilder {
    rate: SampleRate,
    models: Vec<(Arc<Model>, usize)>,
    gate: Option<Gate>,
    tail: Tail,
    borders: Borders,
}

impl AnalyzerBuilder {
    /// Adds a model at its card's hop.
    #[must_use]
    pub fn model(self, model: Arc<Model>) -> Self {
        let hop_frames = model.card().hop_frames;
        self.model_every(model, hop_frames)
    }

    /// Adds a model that predicts every `hop_frames` frames of its front-end (at least 1).
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
    pub fn tail(mut self, tail: Tail) -> Self {
        self.tail = tail;
        self
    }

    /// Sets what patches find beyond their borders.
    #[must_use]
    pub fn borders(mut self, borders: Borders) -> Self {
        self.borders = borders;
        self
    }

    /// Makes the analyzer. Allocates, and warms nothing up: call while activating.
    ///
    /// # Errors
    /// [`ModelError::Dsp`] when a hop is 0 or the rate cannot be converted, and whatever starting a network says.
    pub fn build(self) -> Result<Analyzer, ModelError> {
        let mut ears: Vec<Ear> = Vec::new();
        for (model, hop_frames) in self.models {
            let front_end = model.card().front_end;
            let voice = Voice::new(&model, hop_frames, self.tail, self.borders)?;
            match ears.iter_mut().find(|ear| ear.front_end == front_end) {
                Some(ear) => ear.voices.push(voice),
                None => {
                    let stream = FeatureStream::new(front_end, self.rate)?;
                    ears.push(Ear { front_end, stream, voices: vec![voice] });
                }
            }
        }
        let clock = SourceClock::new(self.rate);
        Ok(Analyzer {
            watch: None,
            gate: self.gate,
            skips: false,
            skipped: 0,
            take: Take { clock, origin_s: 0.0, generation: 0 },
            ears,
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
    take: Take,
    ears: Vec<Ear>,
}

/// The stretch of source since the stream began or last jumped.
struct Take {
    clock: SourceClock,
    origin_s: f64,
    generation: u64,
}

/// One front-end and the models that listen through it.
struct Ear {
    front_end: FrontEnd,
    stream: FeatureStream,
    voices: Vec<Voice>,
}

/// One model: its patches and its network.
struct Voice {
    id: Arc<str>,
    kind: Kind,
    network: Network,
    patches: PatchGenerator,
}

/// Turns patches into predictions for as long as one call lasts, and keeps the first error.
struct Predictor<'a> {
    front_end: FrontEnd,
    gate: Option<Gate>,
    skips: bool,
    skipped: u64,
    take: &'a Take,
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
            tail: Tail::default(),
            borders: Borders::default(),
        }
    }

    /// Takes mono samples and gives the predictions that they complete; those of one model come in order.
    ///
    /// # Errors
    /// What a network says. The other models go on, and the first error is returned.
    pub fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(Prediction)) -> Result<(), ModelError> {
        self.take.clock.advance(samples.len());
        let mut result = Ok(());
        for ear in &mut self.ears {
            let mut predictor = Predictor::new(ear.front_end, self.gate, self.skips, &self.take, out);
            let watch = &mut self.watch;
            ear.stream.push(samples, |mut frame| {
                predictor.hear(&mut ear.voices, &mut frame);
                if let (Some(watch), Some(bands)) = (watch.as_mut(), frame.made()) {
                    watch(ear.front_end, bands);
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
        for ear in &mut self.ears {
            let mut predictor = Predictor::new(ear.front_end, self.gate, self.skips, &self.take, out);
            ear.stream.flush(|mut frame| predictor.hear(&mut ear.voices, &mut frame));
            predictor.end(&mut ear.voices);
            self.skipped += predictor.skipped;
            result = result.and(predictor.result);
        }
        self.reset();
        result
    }

    /// Forgets everything heard: the next sample is at time 0, in a new generation.
    pub fn reset(&mut self) {
        self.jump(MarkKind::Reset);
        self.take.generation += 1;
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

    /// Sets how many frames lie between two predictions of a model, from the next one on; what was heard stays. Of a
    /// model that is not there nothing is set.
    ///
    /// # Errors
    /// [`ModelError::Dsp`] when the hop is 0, and nothing changes.
    pub fn set_hop_frames(&mut self, model: &str, hop_frames: usize) -> Result<(), ModelError> {
        let voices = self.ears.iter_mut().flat_map(|ear| &mut ear.voices);
        for voice in voices.filter(|voice| &*voice.id == model) {
            voice.patches.set_hop(hop_frames)?;
        }
        Ok(())
    }

    /// How far each model is from its first prediction, in the order in which they were added by front-end.
    pub fn progress(&self) -> impl Iterator<Item = Progress> {
        let have_s = self.take.clock.now_s() - self.take.origin_s;
        self.ears.iter().flat_map(move |ear| {
            ear.voices.iter().map(move |voice| {
                let need_s = ear.front_end.rate().seconds(ear.front_end.samples_for(voice.patches.patch_frames()));
                Progress { model: Arc::clone(&voice.id), have_s, need_s }
            })
        })
    }

    /// The stretch heard before `kind` does not join on to what follows.
    fn jump(&mut self, kind: MarkKind) {
        self.take.clock.apply(kind);
        self.take.origin_s = self.take.clock.now_s();
        for ear in &mut self.ears {
            ear.stream.reset();
            ear.voices.iter_mut().for_each(|voice| voice.patches.reset());
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
                self.take.generation += 1;
            }
            // The same take goes on, behind a hole: no prediction spans it.
            MarkKind::Gap { .. } => self.jump(kind),
        }
        Ok(())
    }
}

impl Voice {
    fn new(model: &Arc<Model>, hop_frames: usize, tail: Tail, borders: Borders) -> Result<Self, ModelError> {
        let card = model.card();
        Ok(Self {
            id: card.id.as_str().into(),
            kind: card.kind,
            network: model.network_with(borders),
            patches: PatchGenerator::new(card.front_end.bands(), card.patch_frames, hop_frames, tail)?,
        })
    }
}

impl<'a> Predictor<'a> {
    fn new(
        front_end: FrontEnd,
        gate: Option<Gate>,
        skips: bool,
        take: &'a Take,
        out: &'a mut dyn FnMut(Prediction),
    ) -> Self {
        Self { front_end, gate, skips, skipped: 0, take, out, result: Ok(()) }
    }

    fn hear(&mut self, voices: &mut [Voice], frame: &mut Frame<'_>) {
        for Voice { id, kind, network, patches } in voices {
            let level = frame.level;
            let bands = if patches.wants_next() { frame.bands() } else { &[] };
            patches.push(bands, level, |patch| self.predict(id, *kind, network, patch));
        }
    }

    fn end(&mut self, voices: &mut [Voice]) {
        for Voice { id, kind, network, patches } in voices {
            patches.flush(|patch| self.predict(id, *kind, network, patch));
        }
    }

    fn predict(&mut self, id: &Arc<str>, kind: Kind, network: &mut Network, patch: Patch<'_>) {
        if self.skips {
            self.skipped += 1;
            network.pass_over(patch.new_frames);
            return;
        }
        let silent = self.gate.is_some_and(|gate| gate.is_silent(patch.levels));
        let outcome = if silent {
            network.pass_over(patch.new_frames);
            Ok(Outcome::Silent)
        } else {
            self.listen(kind, network, &patch)
        };
        match outcome {
            Ok(outcome) => {
                let (start_s, end_s) = self.span(&patch);
                let model = Arc::clone(id);
                (self.out)(Prediction { model, generation: self.take.generation, start_s, end_s, outcome });
            }
            Err(error) if self.result.is_ok() => self.result = Err(error),
            Err(_) => {}
        }
    }

    fn listen(&self, kind: Kind, network: &mut Network, patch: &Patch<'_>) -> Result<Outcome, ModelError> {
        let advance = Advance { new_frames: patch.new_frames, next_move: patch.next_move };
        let heard = network.follow(patch.data, advance)?;
        Ok(match kind {
            Kind::Tags => Outcome::Tags { values: heard.activations.clone(), embedding: heard.embedding.clone() },
            Kind::Tempo { first_bpm } => Outcome::Tempo {
                local: tempo::decode(&heard.activations, first_bpm),
                probabilities: heard.activations.clone(),
            },
        })
    }

    /// What the patch heard, in source time, without the zeros before the stream and behind it.
    fn span(&self, patch: &Patch<'_>) -> (f64, f64) {
        let (start_s, end_s) = self.front_end.span(patch.first_frame, patch.heard_frames);
        let origin_s = self.take.origin_s;
        (origin_s + start_s.max(0.0), (origin_s + end_s).min(self.take.clock.now_s()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use crate::Registry;

    #[test]
    fn whoever_watches_sees_every_frame_once() {
        let model = Registry::shipped().load("msd-musicnn").unwrap();
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
        let model = Registry::shipped().load("msd-vgg").unwrap();
        let rate = SampleRate::HZ_16000;
        let mut analyzer = Analyzer::builder(rate).model_every(Arc::clone(&model), 90).build().unwrap();
        let mut heard = Vec::new();
        let silence = vec![0.0; 8 * 16_000];
        let third = silence.len() / 3;
        analyzer.push(&silence[..2 * third], &mut |p| heard.push(p)).unwrap();
        let before = heard.len();
        assert!(before >= 2, "{before} predictions in {} s", 2 * third / 16_000);
        assert!(heard.iter().all(|p| p.outcome == Outcome::Silent));
        analyzer.set_hop_frames("msd-vgg", 30).unwrap();
        analyzer.set_hop_frames("nobody", 7).unwrap();
        assert!(analyzer.set_hop_frames("msd-vgg", 0).is_err());
        analyzer.set_gate(None);
        analyzer.push(&silence[2 * third..], &mut |p| heard.push(p)).unwrap();
        let after = &heard[before..];
        assert!(after.len() >= 2 && after.iter().all(|p| matches!(p.outcome, Outcome::Tags { .. })), "{after:?}");
        let front_end = model.card().front_end;
        let hop_s = |frames: usize| (frames * front_end.hop()) as f64 / front_end.rate().hz();
        let step_s = after[1].start_s - after[0].start_s;
        assert!((step_s - hop_s(30)).abs() < 1e-9, "expected {}, got {step_s}", hop_s(30));
    }
}
