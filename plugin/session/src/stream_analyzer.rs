//! Analysis of one instance on a worker thread: an analyzer that follows the settings.
//!
//! Nothing is loaded before the first samples come. From then on every slice begins with a look at the settings, for
//! nobody tells when they change. Another model is another analyzer, which goes on at the same source time in a new
//! generation; another rate or gate is set while listening, and nothing heard is lost.

mod load;
mod load_shedding;
mod setup;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Instant;

use earmark_dsp::{Analyze, AnalyzeError, MarkKind, SampleRate, SourceClock, TapStats};
use earmark_models::{Analyzer, Gate, Model, ModelError, Prediction, Progress};

use self::load::LoadMeter;
use self::load_shedding::LoadShedder;
pub use self::setup::AnalyzerConfig;
pub(crate) use self::setup::frames_per_second;
use crate::analysis_context::AnalysisContext;
use crate::render_modes::RenderModeHistory;

/// Source time between two words about progress, in seconds.
const PROGRESS_S: f64 = 0.1;

/// Later than this, in seconds, what is played now is heard rather than what was: predictions are skipped ...
const TOO_LATE_S: f64 = 1.0;
/// ... until it is no later than this.
const IN_TIME_S: f64 = 0.2;

/// Events of one analyzed stream, in order, from the worker to the publisher.
#[derive(Debug, Clone)]
pub enum AnalysisEvent {
    /// A take begins: the first samples after the beginning, an end or a reset. Again in the same take, if it turns out
    /// not to be the offline render that it was taken for.
    TakeBegan {
        /// Whether it is an offline render.
        offline: bool,
    },
    /// From here on these models listen, or no others than before at another pace.
    Set {
        /// Configuration that was applied.
        config: AnalyzerConfig,
        /// The models, tags first.
        models: Vec<Arc<Model>>,
        /// Whether they began anew.
        anew: bool,
        /// Generation of what follows.
        generation: u64,
        /// How many times fewer predictions are made than were requested.
        thinned: usize,
        /// Reasons why requested models do not run.
        missing: Vec<String>,
    },
    /// How far the models are from their first predictions.
    Progress(Vec<Progress>),
    /// A prediction.
    Predicted(Prediction),
    /// So many predictions were skipped, to come to what is played now.
    Skipped(u64),
    /// What came before does not join on to what follows. After a reset another take begins.
    Broke {
        /// What happened: a gap, a seek or a reset.
        kind: MarkKind,
        /// Generation of what follows.
        generation: u64,
    },
    /// The models could not be loaded, or failed; in words.
    Failed(String),
    /// The take is over, and everything about it was given.
    TakeEnded {
        /// How many samples it had, at the stream's rate, lost ones included.
        samples: u64,
    },
}

/// Listens to one instance's stream on the worker's thread.
pub struct StreamAnalyzer {
    context: Arc<AnalysisContext>,
    modes: Arc<RenderModeHistory>,
    stats: Arc<TapStats>,
    rate: SampleRate,
    clock: SourceClock,
    ears: Option<Ears>,
    /// What could not be built; not tried again before something changes.
    refused: Option<AnalyzerConfig>,
    /// Samples taken from the tap.
    read: u64,
    take: Option<Take>,
    /// Generation of the analyzer's generation 0.
    base: u64,
    /// Generation of what is heard now.
    generation: u64,
    pace: LoadShedder,
    load: LoadMeter,
    said_s: f64,
    /// Whether samples are being heard; if so between two calls, the last one panicked.
    hearing: bool,
}

/// The analyzer and what it was built for.
struct Ears {
    config: AnalyzerConfig,
    thinned: usize,
    models: Vec<Arc<Model>>,
    missing: Vec<String>,
    analyzer: Analyzer,
    /// Whether every model has predicted since the last break.
    warm: bool,
    /// Whether any has predicted yet. Before that it is late because models were loaded, not because it is slow.
    running: bool,
    /// How many predictions it was said to have skipped.
    skipped: u64,
}

struct Take {
    offline: bool,
    samples: u64,
}

impl StreamAnalyzer {
    /// For a stream at `rate` whose tap counts in `stats`. Loads nothing.
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
            clock: SourceClock::new(rate),
            ears: None,
            refused: None,
            read: 0,
            take: None,
            base: 0,
            generation: 0,
            pace: LoadShedder::default(),
            load: LoadMeter::default(),
            said_s: f64::NEG_INFINITY,
            hearing: false,
        }
    }

    /// Follows the settings.
    fn attune(&mut self, offline: bool, out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        let config = AnalyzerConfig::requested(self.context.settings(), offline);
        if self.refused.as_ref() == Some(&config) {
            return Ok(());
        }
        let thinned = self.pace.thinned();
        let anew = match &mut self.ears {
            Some(ears) if ears.config == config && ears.thinned == thinned => return Ok(()),
            Some(ears) if ears.config.has_models_of(&config) => {
                ears.config = config.clone();
                ears.thinned = thinned;
                ears.analyzer.set_gate(config.gate.then(Gate::default));
                for model in &ears.models {
                    let hop_frames = config.hop_frames(model.card()).saturating_mul(thinned);
                    ears.analyzer.set_hop_frames(&model.card().id, hop_frames)?;
                }
                false
            }
            _ => {
                // What an earlier choice said is over, even if the new one cannot be built.
                self.ears = None;
                match self.build(&config, thinned) {
                    Ok(ears) => self.ears = Some(ears),
                    Err(error) => {
                        self.refused = Some(config);
                        out(AnalysisEvent::Failed(error.to_string()));
                        return Err(error.into());
                    }
                }
                self.generation += 1;
                // In the middle of a stream the analyzer has jumped to where the music is.
                self.base = self.generation - u64::from(self.clock.now_s() != 0.0);
                true
            }
        };
        self.refused = None;
        if let Some(ears) = &self.ears {
            let (models, missing) = (ears.models.clone(), ears.missing.clone());
            out(AnalysisEvent::Set { config, models, anew, generation: self.generation, thinned, missing });
        }
        Ok(())
    }

    fn build(&self, config: &AnalyzerConfig, thinned: usize) -> Result<Ears, ModelError> {
        let load = |id: &str| self.context.settings().load(id);
        let mut models = vec![load(config.selection.tags)?];
        // A session may ask for a tempo model that this build was made without; tags are heard all the same.
        let tempo = config.selection.tempo.map(load).transpose();
        let mut missing: Vec<_> = tempo.as_ref().err().map(ToString::to_string).into_iter().collect();
        models.extend(tempo.ok().flatten());
        for added in &config.more {
            match load(&added.id) {
                Ok(model) => {
                    missing.extend(added.complaint(Some(model.card())));
                    if !models.iter().any(|listens| listens.card().id == added.id) {
                        models.push(model);
                    }
                }
                Err(ModelError::Unknown { .. }) => missing.extend(added.complaint(None)),
                Err(error) => missing.push(error.to_string()),
            }
        }
        let mut builder =
            Analyzer::builder(self.rate).gate(config.gate.then(Gate::default)).context_mode(config.context_mode);
        for model in &models {
            let hop_frames = config.hop_frames(model.card()).saturating_mul(thinned);
            builder = builder.model_every(Arc::clone(model), hop_frames);
        }
        let mut analyzer = builder.build()?;
        let (context, front_end) = (Arc::clone(&self.context), models[0].card().front_end);
        analyzer.set_watch(Some(Box::new(move |of, bands| {
            if of == front_end {
                context.features.push(of, bands);
            }
        })));
        if self.clock.now_s() != 0.0 {
            // A seek gives nothing.
            let _ = Analyze::mark(&mut analyzer, MarkKind::Seek { to_s: self.clock.now_s() }, &mut |_| {});
        }
        Ok(Ears { config: config.clone(), thinned, models, missing, analyzer, warm: false, running: false, skipped: 0 })
    }

    /// How late the worker is, in seconds of audio that wait in the ring.
    fn lag_s(&self) -> f64 {
        let counters = self.stats.counters();
        self.rate.seconds(counters.pushed.saturating_sub(counters.dropped).saturating_sub(self.read))
    }

    /// Passes on what the analyzer says, with the generations of all analyzers before.
    fn give(base: u64, out: &mut dyn FnMut(AnalysisEvent)) -> impl FnMut(Prediction) {
        move |mut prediction| {
            prediction.generation += base;
            out(AnalysisEvent::Predicted(prediction));
        }
    }

    fn tell_progress(&mut self, out: &mut dyn FnMut(AnalysisEvent)) {
        let now_s = self.clock.now_s();
        let Some(ears) = self.ears.as_mut().filter(|ears| !ears.warm) else { return };
        if (now_s - self.said_s).abs() < PROGRESS_S {
            return;
        }
        self.said_s = now_s;
        let progress: Vec<Progress> = ears.analyzer.progress().collect();
        ears.warm = progress.iter().all(|progress| progress.have_s >= progress.need_s);
        out(AnalysisEvent::Progress(progress));
    }

    fn end_take(&mut self, out: &mut dyn FnMut(AnalysisEvent)) {
        if let Some(take) = self.take.take() {
            out(AnalysisEvent::TakeEnded { samples: take.samples });
        }
    }

    /// After a panic of the analyzer: another one is built, and what passed unheard is forgotten.
    fn recover(&mut self) {
        (self.ears, self.refused) = (None, None);
        let counters = self.stats.counters();
        // How much of it still waits is not known here; less than it takes to be late.
        self.read = counters.pushed.saturating_sub(counters.dropped);
    }

    fn hear(&mut self, samples: &[f32], out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        let take = match &mut self.take {
            Some(take) => take,
            None => {
                let offline = self.modes.offline_at(self.read);
                out(AnalysisEvent::TakeBegan { offline });
                self.take.insert(Take { offline, samples: 0 })
            }
        };
        if take.offline && self.modes.is_live() {
            // It only seemed so. What plays is not reported, and is predicted as often as was asked for.
            take.offline = false;
            out(AnalysisEvent::TakeBegan { offline: false });
        }
        let offline = take.offline;
        take.samples += samples.len() as u64;
        self.read += samples.len() as u64;
        let waits = offline && self.context.settings().block();
        if waits {
            // Nothing is spared where the host waits, whatever happened before.
            self.pace = LoadShedder::default();
        } else if self.ears.as_ref().is_some_and(|ears| ears.running) {
            self.pace.look(self.lag_s(), self.rate.seconds(samples.len() as u64));
        }
        let attuned = self.attune(offline, out);
        let lag_s = if waits { 0.0 } else { self.lag_s() };
        self.clock.advance(samples.len());
        let Some(ears) = &mut self.ears else { return attuned };
        if lag_s > TOO_LATE_S {
            ears.analyzer.set_skipping(true);
        } else if lag_s < IN_TIME_S {
            ears.analyzer.set_skipping(false);
        }
        let mut give = Self::give(self.base, out);
        let (running, begun) = (&mut ears.running, Instant::now());
        let heard = ears.analyzer.push(samples, &mut |prediction| {
            *running = true;
            give(prediction);
        });
        drop(give);
        if let Some(load) = self.load.add(begun.elapsed().as_secs_f64(), self.rate.seconds(samples.len() as u64)) {
            self.context.set_load(load);
        }
        let skipped = ears.analyzer.skipped();
        if skipped != ears.skipped {
            out(AnalysisEvent::Skipped(skipped - ears.skipped));
            ears.skipped = skipped;
        }
        if let Err(error) = &heard {
            out(AnalysisEvent::Failed(error.to_string()));
        }
        self.tell_progress(out);
        Ok(heard?)
    }
}

impl Analyze for StreamAnalyzer {
    type Output = AnalysisEvent;

    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        self.hearing = true;
        let heard = self.hear(samples, out);
        self.hearing = false;
        heard
    }

    fn mark(&mut self, kind: MarkKind, out: &mut dyn FnMut(AnalysisEvent)) -> Result<(), AnalyzeError> {
        if std::mem::take(&mut self.hearing) {
            self.recover();
        }
        self.clock.apply(kind);
        if let (MarkKind::Gap { lost }, Some(take)) = (kind, &mut self.take) {
            take.samples += lost;
        }
        let mut heard = Ok(());
        if let Some(ears) = &mut self.ears {
            heard = Analyze::mark(&mut ears.analyzer, kind, &mut Self::give(self.base, out));
            ears.warm = false;
            self.said_s = f64::NEG_INFINITY;
        }
        // As the analyzer counts: an end begins anew, too.
        self.generation += u64::from(!matches!(kind, MarkKind::Gap { .. }));
        match kind {
            MarkKind::End => self.end_take(out),
            MarkKind::Reset | MarkKind::Seek { .. } | MarkKind::Gap { .. } => {
                if kind == MarkKind::Reset {
                    // Without an end before it the take is over all the same.
                    self.end_take(out);
                    self.refused = None;
                }
                out(AnalysisEvent::Broke { kind, generation: self.generation });
            }
        }
        heard
    }
}
