//! Analysis of one stream on a worker thread, with the current settings.
//!
//! Models are loaded when the first samples arrive. Every call polls the settings. A change of models builds a new
//! analyzer, which continues the stream: models that stay keep their audio. A change of rate or gate applies to the running
//! analyzer without loss.

mod classifiers;
mod config;
mod descriptors;
mod event;
mod lazy_run;
mod levels;
mod load;
mod load_shedding;
mod pauses;
mod tempo;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use earmark_dsp::{Analyze, AnalyzeError, MarkKind, SampleRate, SourceClock, TapStats};
use earmark_models::{
    Analyzer, BeatEvent, Card, Gate, Model, ModelError, Prediction, Progress, TempoEvent, TempoUpdate,
};

use self::classifiers::WindowClassifier;
pub use self::config::AnalyzerConfig;
pub(crate) use self::config::frames_per_second;
use self::descriptors::{DescriptorStage, StreamPosition};
pub use self::event::AnalysisEvent;
use self::levels::LevelStage;
use self::load::LoadMeter;
use self::load_shedding::LoadShedder;
use self::pauses::PauseDetector;
use self::tempo::{TempoStage, TempoStageSettings};
use crate::analysis_context::AnalysisContext;
use crate::descriptors::LiveDescriptors;
use crate::render_modes::RenderModeHistory;

/// Source time between two progress events, in seconds.
const PROGRESS_INTERVAL_S: f64 = 0.1;

/// Lag in seconds above which predictions are skipped to reach the newest audio.
const SKIP_ABOVE_LAG_S: f64 = 1.0;
/// Lag in seconds below which skipping ends.
const RESUME_BELOW_LAG_S: f64 = 0.2;

/// Analysis of one instance's stream on the worker thread.
pub struct StreamAnalyzer {
    context: Arc<AnalysisContext>,
    modes: Arc<RenderModeHistory>,
    stats: Arc<TapStats>,
    rate: SampleRate,
    /// Phase of the predictions in real time, in frames.
    live_phase: usize,
    clock: SourceClock,
    active: Option<ActiveAnalyzer>,
    /// Configuration whose analyzer could not be built; not tried again before a change or a reset.
    rejected: Option<AnalyzerConfig>,
    /// Samples read from the tap.
    samples_read: u64,
    take: Option<TakeState>,
    /// Generation of this stream that is generation 0 of the current analyzer.
    base_generation: u64,
    /// Generation of the samples that are processed now.
    generation: u64,
    shedder: LoadShedder,
    load: LoadMeter,
    tempo: TempoStage,
    descriptors: DescriptorStage,
    /// Whether descriptors were sent since their last end.
    descriptors_sent: bool,
    levels: LevelStage,
    pauses: PauseDetector,
    /// Source time of the last progress event in seconds.
    last_progress_s: f64,
    /// Whether a call of `push` is running. If set between two calls, the last one panicked.
    in_push: bool,
}

/// Running analyzer with its configuration.
struct ActiveAnalyzer {
    config: AnalyzerConfig,
    decimation: usize,
    models: Vec<Arc<Model>>,
    /// Cards of all models, the tag model first.
    cards: Vec<Arc<Card>>,
    unavailable: Vec<String>,
    /// Classifiers of the window's descriptors.
    classifiers: Vec<WindowClassifier>,
    analyzer: Analyzer,
    /// Whether every model has predicted since the last discontinuity.
    warm: bool,
    /// Whether any model has predicted yet. A lag before the first prediction comes from loading and sheds no load.
    running: bool,
    /// Number of skipped predictions that were reported.
    skipped: u64,
}

/// State of the current take.
struct TakeState {
    offline: bool,
    samples: u64,
}

impl StreamAnalyzer {
    /// Creates the analysis of a stream at `rate` whose tap counts in `stats`. Loads no model.
    pub(crate) fn new(
        context: Arc<AnalysisContext>,
        modes: Arc<RenderModeHistory>,
        stats: Arc<TapStats>,
        rate: SampleRate,
    ) -> Self {
        Self {
            context,
            modes,
            stats,
            rate,
            live_phase: 0,
            clock: SourceClock::new(rate),
            active: None,
            rejected: None,
            samples_read: 0,
            take: None,
            base_generation: 0,
            generation: 0,
            shedder: LoadShedder::default(),
            load: LoadMeter::default(),
            tempo: TempoStage::new(rate),
            descriptors: DescriptorStage::new(rate),
            descriptors_sent: false,
            levels: LevelStage::new(rate),
            pauses: PauseDetector::new(rate),
            last_progress_s: f64::NEG_INFINITY,
            in_push: false,
        }
    }

    /// Sets the phase of the predictions in real time, in frames, so that streams that begin together do not all predict at the
    /// same time. A render has the phase of a file, 0.
    pub(crate) fn with_live_phase(self, live_phase: usize) -> Self {
        Self { live_phase, ..self }
    }

    /// Returns the phase of the predictions of a configuration in frames.
    fn phase(&self, config: &AnalyzerConfig) -> usize {
        if config.early { self.live_phase } else { 0 }
    }

    /// Reads the settings and applies their changes.
    fn apply_settings(&mut self, offline: bool, out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        let config = AnalyzerConfig::requested(self.context.settings(), offline);
        if self.rejected.as_ref() == Some(&config) {
            return Ok(());
        }
        let decimation = self.shedder.decimation();
        let restarted = match &mut self.active {
            Some(active) if active.config == config && active.decimation == decimation => return Ok(()),
            Some(active) if active.config.same_models(&config) => {
                active.config = config.clone();
                active.decimation = decimation;
                active.analyzer.set_gate(config.gate.then(Gate::default));
                for model in &active.models {
                    let hop_frames = config.hop_frames(model.card()).saturating_mul(decimation);
                    active.analyzer.set_hop_frames(&model.card().id, hop_frames)?;
                }
                false
            }
            _ => {
                // The earlier analyzer ends even if the new one cannot be built.
                let earlier = self.active.take();
                match self.build(&config, decimation) {
                    Ok(active) => self.start(active, earlier),
                    Err(error) => {
                        self.rejected = Some(config);
                        out(AnalysisEvent::Failed(error.to_string()));
                        return Err(error.into());
                    }
                }
                true
            }
        };
        self.rejected = None;
        if let Some(active) = &self.active {
            let (cards, unavailable) = (active.cards.clone(), active.unavailable.clone());
            out(AnalysisEvent::ConfigApplied {
                config,
                cards,
                restarted,
                generation: self.generation,
                decimation,
                unavailable,
            });
        }
        Ok(())
    }

    fn build(&self, config: &AnalyzerConfig, decimation: usize) -> Result<ActiveAnalyzer, ModelError> {
        let load = |id: &str| self.context.settings().load(id);
        let mut models = vec![load(config.selection.tags)?];
        // A saved session may select a tempo model that this build does not include; the other models still run.
        let tempo = config.selection.tempo.map(load).transpose();
        let mut unavailable: Vec<_> = tempo.as_ref().err().map(ToString::to_string).into_iter().collect();
        models.extend(tempo.ok().flatten());
        let mut classifiers: Vec<WindowClassifier> = Vec::new();
        let registry = self.context.settings().registry();
        if let Some(moods) = registry.derived(config.selection.tags).filter(|_| config.moods) {
            models.push(load(&moods.id)?);
        }
        for added in &config.added_models {
            if registry.card(&added.id).is_some_and(|card| card.takes_descriptors) {
                match WindowClassifier::load(registry, &added.id) {
                    Ok(classifier) => {
                        unavailable.extend(added.warning(Some(classifier.card())));
                        if !classifiers.iter().any(|loaded| loaded.card().id == added.id) {
                            classifiers.push(classifier);
                        }
                    }
                    Err(message) => unavailable.push(message),
                }
                continue;
            }
            match load(&added.id) {
                Ok(model) => {
                    unavailable.extend(added.warning(Some(model.card())));
                    if !models.iter().any(|loaded| loaded.card().id == added.id) {
                        models.push(model);
                    }
                }
                Err(ModelError::Unknown { .. }) => unavailable.extend(added.warning(None)),
                Err(error) => unavailable.push(error.to_string()),
            }
        }
        let mut builder = Analyzer::builder(self.rate)
            .gate(config.gate.then(Gate::default))
            .context_mode(config.context_mode)
            .early(config.early)
            .phase(self.phase(config));
        for model in &models {
            let hop_frames = config.hop_frames(model.card()).saturating_mul(decimation);
            builder = builder.model_with_hop(Arc::clone(model), hop_frames);
        }
        let mut analyzer = builder.build()?;
        let (context, front_end) = (Arc::clone(&self.context), models[0].card().front_end);
        let tempo = models.iter().find(|model| config.selection.tempo == Some(&*model.card().id));
        let tempo_frames = self.tempo.frames_of(tempo.map(|model| model.card().front_end));
        analyzer.set_frame_callback(Some(Box::new(move |of, frame| {
            tempo_frames.lock().push(of, frame);
            if let Some(bands) = frame.computed_features().filter(|_| of == front_end) {
                context.features.push(of, bands);
            }
        })));
        Ok(ActiveAnalyzer {
            config: config.clone(),
            decimation,
            cards: models
                .iter()
                .map(|model| Arc::new(model.card().clone()))
                .chain(classifiers.iter().map(|classifier| Arc::clone(classifier.card())))
                .collect(),
            models,
            unavailable,
            classifiers,
            analyzer,
            warm: false,
            running: false,
            skipped: 0,
        })
    }

    /// Starts an analyzer. In a running stream it continues the earlier one: models that both have keep their audio.
    fn start(&mut self, mut active: ActiveAnalyzer, earlier: Option<ActiveAnalyzer>) {
        match earlier {
            Some(earlier) => {
                (active.running, active.skipped) = (earlier.running, earlier.skipped);
                active.analyzer.continue_from(earlier.analyzer);
            }
            None => {
                self.generation += 1;
                self.base_generation = self.generation;
                if self.clock.now_s() != 0.0 {
                    // A seek emits no prediction, and starts generation 1 of the new analyzer.
                    let _ =
                        Analyze::mark(&mut active.analyzer, MarkKind::Seek { to_s: self.clock.now_s() }, &mut |_| {});
                    self.base_generation -= 1;
                }
            }
        }
        self.active = Some(active);
    }

    /// Returns the lag of the worker: audio in the ring that is not processed yet, in seconds.
    fn lag_s(&self) -> f64 {
        let counters = self.stats.counters();
        self.rate.seconds(counters.pushed.saturating_sub(counters.dropped).saturating_sub(self.samples_read))
    }

    /// Returns a sink that emits predictions with `base_generation` added to their generation.
    fn emit(base_generation: u64, out: &mut dyn FnMut(AnalysisEvent)) -> impl FnMut(Prediction) {
        move |mut prediction| {
            prediction.generation += base_generation;
            out(AnalysisEvent::Predicted(prediction));
        }
    }

    fn report_progress(&mut self, out: &mut dyn FnMut(AnalysisEvent)) {
        let now_s = self.clock.now_s();
        let Some(active) = self.active.as_mut().filter(|active| !active.warm) else { return };
        if (now_s - self.last_progress_s).abs() < PROGRESS_INTERVAL_S {
            return;
        }
        self.last_progress_s = now_s;
        let progress: Vec<Progress> = active.analyzer.progress().collect();
        active.warm = progress.iter().all(|progress| progress.buffered_s >= progress.required_s);
        out(AnalysisEvent::Progress(progress));
    }

    fn end_take(&mut self, out: &mut dyn FnMut(AnalysisEvent)) {
        if let Some(take) = self.take.take() {
            out(AnalysisEvent::TakeEnded { samples: take.samples });
        }
    }

    /// Drops the analyzer after a panic, so that the next samples build another one.
    fn recover(&mut self) {
        (self.active, self.rejected) = (None, None);
        self.descriptors.stop();
        self.levels.stop();
        self.tempo.stop();
        let counters = self.stats.counters();
        // The amount of unread audio is unknown here, and too small to count as a lag.
        self.samples_read = counters.pushed.saturating_sub(counters.dropped);
    }

    /// Whether the host waits for the analysis.
    fn waits(&self) -> bool {
        self.take.as_ref().is_some_and(|take| take.offline) && self.context.settings().block()
    }

    /// Adds samples from source time `start_s` (seconds) to the descriptors, if they are requested or a classifier needs
    /// them.
    fn describe(&mut self, samples: &[f32], start_s: f64, out: &mut dyn FnMut(AnalysisEvent)) {
        let requested = self.context.descriptors_requested();
        if !requested && std::mem::take(&mut self.descriptors_sent) {
            out(AnalysisEvent::DescriptorsEnded { error: None });
        }
        if !requested && self.active.as_ref().is_none_or(|active| active.classifiers.is_empty()) {
            self.descriptors.stop();
            return;
        }
        let started = Instant::now();
        let skip = !self.waits() && self.lag_s() > SKIP_ABOVE_LAG_S;
        let position = StreamPosition { start_s, generation: self.generation, skip };
        let (active, sent) = (&mut self.active, &mut self.descriptors_sent);
        let mut emit = |descriptors: LiveDescriptors| {
            for classifier in active.iter_mut().flat_map(|active| &mut active.classifiers) {
                match classifier.classify(&descriptors) {
                    Ok(Some(prediction)) => out(AnalysisEvent::Predicted(prediction)),
                    Ok(None) => {}
                    Err(message) => out(AnalysisEvent::ClassifierFailed(message)),
                }
            }
            if requested {
                *sent = true;
                out(AnalysisEvent::Described(Arc::new(descriptors)));
            }
        };
        if let Err(error) = self.descriptors.push(samples, position, &mut emit) {
            out(AnalysisEvent::DescriptorsEnded { error: Some(format!("cannot compute descriptors: {error}")) });
        }
        // The source time of these samples is counted with the models.
        if let Some(load) = self.load.add(started.elapsed().as_secs_f64(), 0.0) {
            self.context.set_load(load);
        }
    }

    /// Adds samples from source time `start_s` (seconds) to the levels, if they are requested.
    fn meter(&mut self, samples: &[f32], start_s: f64, out: &mut dyn FnMut(AnalysisEvent)) {
        if !self.context.levels_requested() {
            if self.levels.stop() {
                out(AnalysisEvent::LevelsEnded { error: None });
            }
            return;
        }
        let started = Instant::now();
        let generation = self.generation;
        let metered = self.levels.push(samples, start_s, generation, &mut |entry| out(AnalysisEvent::Leveled(entry)));
        if let Err(error) = metered {
            out(AnalysisEvent::LevelsEnded { error: Some(format!("cannot compute levels: {error}")) });
        }
        // The source time of these samples is counted with the models.
        if let Some(load) = self.load.add(started.elapsed().as_secs_f64(), 0.0) {
            self.context.set_load(load);
        }
    }

    /// Adds samples from source time `start_s` (seconds) to the tempo of the selected model.
    fn track_tempo(&mut self, samples: &[f32], start_s: f64, out: &mut dyn FnMut(AnalysisEvent)) {
        let skip = !self.waits() && self.lag_s() > SKIP_ABOVE_LAG_S;
        let Some(active) = &self.active else { return };
        let started = Instant::now();
        let settings = self.context.settings();
        let selected = active.config.selection.tempo;
        let model = active.models.iter().find(|model| selected == Some(&*model.card().id));
        let settings = TempoStageSettings {
            gate: active.config.gate.then(Gate::default),
            hop_frames: model
                .map_or(11, |model| active.config.hop_frames(model.card()).saturating_mul(active.decimation)),
            phase: self.phase(&active.config),
            preferences: settings.state().get().tempo,
            skip,
            // A build without tempo models has the onsets alone.
            onsets_only: !settings.registry().builtin().iter().any(|card| card.kind.is_tempo()),
        };
        let generation = self.generation;
        let result = self.tempo.push(samples, start_s, model, &settings, &mut |event| {
            out(AnalysisEvent::Tempo(match event {
                TempoEvent::Tempo(update) => TempoEvent::Tempo(TempoUpdate { generation, ..update }),
                TempoEvent::Beat(beat) => TempoEvent::Beat(BeatEvent { generation, ..beat }),
            }));
        });
        if let Err(error) = result {
            out(AnalysisEvent::Failed(error.to_string()));
        }
        // The source time of these samples is counted with the models.
        if let Some(load) = self.load.add(started.elapsed().as_secs_f64(), 0.0) {
            self.context.set_load(load);
        }
    }

    fn process(&mut self, samples: &[f32], out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        let take = match &mut self.take {
            Some(take) => take,
            None => {
                let offline = self.modes.offline_at(self.samples_read);
                out(AnalysisEvent::TakeStarted { offline });
                self.take.insert(TakeState { offline, samples: 0 })
            }
        };
        if take.offline && self.modes.is_live() {
            // Timing shows real time: the take gets no report, and the update rate applies.
            take.offline = false;
            out(AnalysisEvent::TakeStarted { offline: false });
        }
        let offline = take.offline;
        take.samples += samples.len() as u64;
        self.samples_read += samples.len() as u64;
        let waits = self.waits();
        if waits {
            // No load is shed while the host waits.
            self.shedder = LoadShedder::default();
        } else if self.active.as_ref().is_some_and(|active| active.running) {
            self.shedder.update(self.lag_s(), self.rate.seconds(samples.len() as u64));
        }
        let applied = self.apply_settings(offline, out);
        let lag_s = if waits { 0.0 } else { self.lag_s() };
        // Before the models, which take many times as long.
        self.meter(samples, self.clock.now_s(), out);
        self.pauses.push(samples, self.clock.now_s(), &mut |pause| out(AnalysisEvent::Paused(pause)));
        self.clock.advance(samples.len());
        let Some(active) = &mut self.active else { return applied };
        if lag_s > SKIP_ABOVE_LAG_S {
            active.analyzer.set_skip_inference(true);
        } else if lag_s < RESUME_BELOW_LAG_S {
            active.analyzer.set_skip_inference(false);
        }
        let mut emit = Self::emit(self.base_generation, out);
        let (running, tempo, start) = (&mut active.running, &mut self.tempo, Instant::now());
        let result = active.analyzer.push(samples, &mut |prediction| {
            *running = true;
            tempo.add_prediction(&prediction);
            emit(prediction);
        });
        drop(emit);
        if let Some(load) = self.load.add(start.elapsed().as_secs_f64(), self.rate.seconds(samples.len() as u64)) {
            self.context.set_load(load);
        }
        let skipped = active.analyzer.skipped();
        if skipped != active.skipped {
            out(AnalysisEvent::Skipped(skipped - active.skipped));
            active.skipped = skipped;
        }
        if let Err(error) = &result {
            out(AnalysisEvent::Failed(error.to_string()));
        }
        self.report_progress(out);
        Ok(result?)
    }
}

impl Analyze for StreamAnalyzer {
    type Output = AnalysisEvent;

    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        self.in_push = true;
        let start_s = self.clock.now_s();
        let result = self.process(samples, out);
        self.track_tempo(samples, start_s, out);
        self.describe(samples, start_s, out);
        self.in_push = false;
        result
    }

    fn mark(&mut self, kind: MarkKind, out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        if std::mem::take(&mut self.in_push) {
            self.recover();
        }
        self.clock.apply(kind);
        self.descriptors.discontinue();
        self.levels.discontinue();
        self.pauses.reset();
        self.tempo.mark(kind);
        if let (MarkKind::Gap { lost }, Some(take)) = (kind, &mut self.take) {
            take.samples += lost;
        }
        let mut result = Ok(());
        if let Some(active) = &mut self.active {
            result = Analyze::mark(&mut active.analyzer, kind, &mut Self::emit(self.base_generation, out));
            active.warm = false;
            self.last_progress_s = f64::NEG_INFINITY;
        }
        // The analyzer counts generations in the same way; an end starts one, too.
        self.generation += u64::from(!matches!(kind, MarkKind::Gap { .. }));
        match kind {
            MarkKind::End => self.end_take(out),
            MarkKind::Reset | MarkKind::Seek { .. } | MarkKind::Gap { .. } => {
                if kind == MarkKind::Reset {
                    // A reset ends the take even without an end mark.
                    self.end_take(out);
                    self.rejected = None;
                }
                out(AnalysisEvent::Discontinuity { kind, generation: self.generation });
            }
        }
        result
    }
}
