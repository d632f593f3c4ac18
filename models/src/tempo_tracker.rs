//! Live tempo and beats of a stream: a tempo model that answers after 2 s, onsets as a second opinion, and the beats.

mod beat_tracker;
mod calibration;
mod frames;
mod lock;
mod onsets;
mod preferences;
#[cfg(test)]
mod tests;
mod update;

use std::fmt;
use std::sync::Arc;

use earmark_dsp::{MarkKind, SampleRate, SourceClock};

use self::beat_tracker::BeatTracker;
use self::calibration::{ClassMass, confidence};
use self::frames::{FRAME_S, FrameInput};
use self::lock::{Answer, TempoLock};
use self::onsets::OnsetInput;
pub use self::preferences::TempoPreferences;
pub use self::update::{BeatEvent, BeatLine, TempoEvent, TempoStatus, TempoUpdate};
use crate::{Alternative, Gate, Model, ModelError, Prediction, PredictionValue};

/// Frames of the tempo model before the first answer: 2 s.
const FIRST_FRAMES: u64 = 43;
/// Frames between two answers before there is a whole patch: 0.23 s.
const EARLY_HOP_FRAMES: u64 = 5;
/// Frames between two answers from whole patches by default: 0.51 s.
const DEFAULT_HOP_FRAMES: u64 = 11;
/// Frames between two updates before the first answer.
const LISTENING_HOP_FRAMES: u64 = 10;
/// Frames that remain after a change of the tempo: 2 s, as before the first answer.
const REFILL_FRAMES: usize = FIRST_FRAMES as usize;
/// Seconds for which the pulse must be weak before the patch is filled again, and the share of its mean that is weak.
const WEAK_S: f64 = 1.0;
const WEAK_SHARE: f32 = 0.5;
/// Weight of the newest clarity in its mean.
const CLARITY_WEIGHT: f32 = 0.05;
/// Lead of a beat event before the centre of the newest frame of onsets, in seconds: the time that frame takes to be
/// complete.
const BEAT_LEAD_S: f64 = 0.045;

/// Tracker of the tempo and the beats of one stream.
///
/// The results are those of source time: blocks of any size give the same ones. Not real-time safe: an answer of the network
/// allocates.
pub struct TempoTracker {
    model: Arc<str>,
    clock: SourceClock,
    origin_s: f64,
    generation: u64,
    gate: Option<Gate>,
    skips: bool,
    hop_frames: u64,
    phase: u64,
    preferences: TempoPreferences,
    frames: FrameInput,
    onsets: OnsetInput,
    mass: ClassMass,
    lock: TempoLock,
    beats: BeatTracker,
    /// Mean clarity of the pulse, and the time in seconds since which it is weak.
    clarity: Option<f32>,
    weak_since_s: Option<f64>,
}

impl fmt::Debug for TempoTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TempoTracker")
            .field("model", &self.model)
            .field("generation", &self.generation)
            .field("beats", &self.beats)
            .finish_non_exhaustive()
    }
}

impl TempoTracker {
    /// Id of the model in updates of a tracker without a tempo model.
    pub const ONSETS_ONLY: &str = "onsets";

    /// Audio in seconds before the first answer.
    pub const FIRST_ANSWER_S: f64 = FIRST_FRAMES as f64 * FRAME_S;

    /// Creates a tracker for mono samples at `rate`. Without a tempo model the tempo comes from the onsets alone, and is
    /// never locked. Allocates.
    ///
    /// # Errors
    /// [`ModelError::Dsp`] if the rate cannot be converted.
    pub fn new(rate: SampleRate, model: Option<&Arc<Model>>, gate: Option<Gate>) -> Result<Self, ModelError> {
        Self::with_frames(rate, Some(rate), model, gate)
    }

    /// Creates a tracker as [`TempoTracker::new`] does, beside an [`Analyzer`](crate::Analyzer) that runs the same model on the same
    /// stream and gives its frames and predictions: [`TempoTracker::add_frame`], [`TempoTracker::add_prediction`]. Allocates.
    ///
    /// # Errors
    /// As [`TempoTracker::new`].
    pub fn beside_analyzer(rate: SampleRate, model: &Arc<Model>, gate: Option<Gate>) -> Result<Self, ModelError> {
        Self::with_frames(rate, None, Some(model), gate)
    }

    fn with_frames(
        rate: SampleRate,
        frames_from: Option<SampleRate>,
        model: Option<&Arc<Model>>,
        gate: Option<Gate>,
    ) -> Result<Self, ModelError> {
        let id = model.map_or(Self::ONSETS_ONLY, |model| model.card().id.as_str());
        Ok(Self {
            model: id.into(),
            clock: SourceClock::new(rate),
            origin_s: 0.0,
            generation: 0,
            gate,
            skips: false,
            hop_frames: DEFAULT_HOP_FRAMES,
            phase: 0,
            preferences: TempoPreferences::default(),
            frames: FrameInput::new(frames_from, model)?,
            onsets: OnsetInput::new(rate)?,
            mass: ClassMass::default(),
            lock: TempoLock::default(),
            beats: BeatTracker::default(),
            clarity: None,
            weak_since_s: None,
        })
    }

    /// Sets the decisions of the performer, from the next answer on.
    pub fn set_preferences(&mut self, preferences: TempoPreferences) {
        self.preferences = preferences;
    }

    /// Sets the number of frames from one answer from a whole patch to the next, at least 1 (default 11).
    pub fn set_hop_frames(&mut self, hop_frames: usize) {
        self.hop_frames = hop_frames.max(1) as u64;
    }

    /// Sets the phase of the answers after the first, in frames: that of the analyzer beside the tracker. 0 by default.
    pub fn set_phase(&mut self, phase: usize) {
        self.phase = phase as u64;
    }

    /// Sets the silence gate from the next answer on.
    pub fn set_gate(&mut self, gate: Option<Gate>) {
        self.gate = gate;
    }

    /// Sets whether answers are skipped, by which a lagging stream catches up. The beats go on.
    pub fn set_skip_inference(&mut self, skips: bool) {
        self.skips = skips;
    }

    /// Adds a frame of the analyzer: the mean square of its samples, and its values. Before the samples that complete it.
    pub fn add_frame(&mut self, level: f32, bands: &[f32]) {
        self.frames.add(level, bands);
    }

    /// Adds a prediction of the analyzer for the same model, so that the network is not run on this patch again. Before the
    /// samples that complete it. Others are ignored.
    pub fn add_prediction(&mut self, prediction: &Prediction) {
        if let (true, PredictionValue::Tempo { probabilities, .. }) =
            (prediction.model == self.model, &prediction.outcome)
        {
            self.frames.add_known(prediction.end_s - self.origin_s, probabilities);
        }
    }

    /// Adds mono samples and calls `out` with the results that they complete, in the order of source time. Allocates: call
    /// on the worker thread.
    ///
    /// # Errors
    /// The first error of the network. The beats go on.
    pub fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(TempoEvent)) -> Result<(), ModelError> {
        self.clock.advance(samples.len());
        self.frames.push(samples);
        self.onsets.push(samples);
        let mut result = Ok(());
        loop {
            // Both inputs advance in the order of source time. A frame waits for the onsets before its end, an onset for
            // the frames that end before it.
            let (frame_s, onset_s) = (self.frames.next_s(), self.onsets.next_s());
            if onset_s < frame_s {
                if !self.onsets.advance() {
                    break;
                }
                let (origin_s, generation) = (self.origin_s, self.generation);
                self.beats.advance(onset_s + BEAT_LEAD_S, generation, &mut |beat| {
                    out(TempoEvent::Beat(BeatEvent { at_s: origin_s + beat.at_s, ..beat }));
                });
            } else {
                if !self.frames.advance() {
                    break;
                }
                result = result.and(self.frame_added(out));
            }
        }
        result
    }

    /// Handles a discontinuity or the end of the stream.
    pub fn mark(&mut self, kind: MarkKind) {
        self.clock.apply(kind);
        self.origin_s = self.clock.now_s();
        self.generation += u64::from(!matches!(kind, MarkKind::Gap { .. }));
        self.frames.reset();
        self.onsets.reset();
        self.lock = TempoLock::default();
        self.beats = BeatTracker::default();
        (self.clarity, self.weak_since_s) = (None, None);
    }

    /// Answers if it is time to.
    fn frame_added(&mut self, out: &mut dyn FnMut(TempoEvent)) -> Result<(), ModelError> {
        let count = self.frames.count();
        if count < FIRST_FRAMES {
            if count.is_multiple_of(LISTENING_HOP_FRAMES) {
                let update = self.update(TempoStatus::Listening, None, 0.0);
                out(TempoEvent::Tempo(update));
            }
            return Ok(());
        }
        // Whole patches are those of an analyzer with the same hop.
        let patch_frames = self.frames.patch_frames() as u64;
        let (first, hop) = match self.frames.is_full() && self.weak_since_s.is_none() {
            true => (patch_frames, self.hop_frames),
            false => (FIRST_FRAMES, EARLY_HOP_FRAMES),
        };
        let is_due = count == first || (count > first && (count - first) % hop == self.phase % hop);
        if !is_due || self.skips {
            return Ok(());
        }
        if self.gate.is_some_and(|gate| gate.is_silent(self.frames.levels())) {
            self.silent(hop, out);
            return Ok(());
        }
        self.answer(out)
    }

    /// Reports silence, in which nothing is analyzed.
    fn silent(&mut self, hop: u64, out: &mut dyn FnMut(TempoEvent)) {
        self.beats.decline(hop as f64 * FRAME_S);
        let mut status = self.lock.age(self.frames.end_s());
        if status == TempoStatus::Locked {
            status = TempoStatus::Holding;
        }
        if !status.is_held() && self.preferences.locked_bpm.is_none() {
            self.beats.stop();
        }
        let update = TempoUpdate { silent: true, ..self.update(status, self.lock.bpm(), 0.0) };
        out(TempoEvent::Tempo(update));
    }

    fn answer(&mut self, out: &mut dyn FnMut(TempoEvent)) -> Result<(), ModelError> {
        let end_s = self.frames.end_s();
        let onsets = self.onsets.tempo();
        let class = match self.frames.run() {
            Some(run) => {
                let (class, probabilities, first_bpm, analyzed_s) = run?;
                self.mass.set(probabilities, first_bpm, analyzed_s);
                Some(class)
            }
            None => None,
        };
        let bpm = class.map_or(f64::from(onsets.bpm), |class| f64::from(class.bpm));
        let mass = if class.is_some() { self.mass.near(bpm) } else { onsets.mass };
        let fit = self.onsets.fit(bpm);
        let clarity = fit.map_or(0.0, |fit| fit.clarity);
        let onset_bpm = f64::from(onsets.bpm);
        let answer = Answer {
            end_s,
            bpm,
            mass,
            octave_mass: mass
                + if class.is_some() { self.mass.near(bpm / 2.0) + self.mass.near(bpm * 2.0) } else { 0.0 },
            is_whole: class.is_some() && self.frames.is_full(),
            onset_bpm,
            onset_mass: onsets.mass,
            clarity,
            is_of_onsets: class.is_none(),
        };
        let (status, tempo) = self.lock.push(answer);
        self.follow(status, tempo, end_s);
        let confidence = |mass: f32, bpm: f64| {
            let is_confirmed = status == TempoStatus::Locked || lock::agree(bpm, onset_bpm);
            // The mass of the onsets is not a probability of the network.
            if class.is_some() { confidence(mass, is_confirmed) } else { mass }
        };
        let confidence = match tempo {
            Some(tempo) if class.is_some() => confidence(self.mass.near(tempo), tempo),
            _ => confidence(mass, bpm),
        };
        let alternatives = self.alternatives(tempo.unwrap_or(bpm), class.is_some());
        let update = TempoUpdate { class, alternatives, ..self.update(status, tempo, confidence) };
        out(TempoEvent::Tempo(update));
        Ok(())
    }

    /// Moves the beats to the pulse at the tempo, and fills the patch again if the pulse has become weak.
    fn follow(&mut self, status: TempoStatus, tempo: Option<f64>, end_s: f64) {
        let Some(tempo) = tempo.or(self.preferences.locked_bpm) else {
            self.beats.stop();
            return;
        };
        let out_bpm = self.preferences.apply(tempo);
        // The line has the decimals that the class has not.
        let near = self.beats.line().map(|line| line.bpm).filter(|&bpm| lock::agree(bpm, out_bpm)).unwrap_or(out_bpm);
        if status != TempoStatus::Holding
            && let Some(fit) = self.onsets.fit(near)
        {
            self.beats.observe(&fit, end_s);
        }
        let recent = self.onsets.recent_clarity(near);
        let mean = *self.clarity.get_or_insert(recent);
        if status.is_held() && recent < WEAK_SHARE * mean {
            let since_s = *self.weak_since_s.get_or_insert(end_s);
            if end_s - since_s >= WEAK_S {
                self.frames.keep_last(REFILL_FRAMES);
                self.onsets.forget_tempo();
                self.lock.doubt();
                (self.weak_since_s, self.clarity) = (None, None);
            }
        } else {
            self.weak_since_s = None;
            self.clarity = Some(mean + CLARITY_WEIGHT * (recent - mean));
        }
    }

    /// Returns half and double of a tempo with their probabilities, the more probable first.
    fn alternatives(&self, bpm: f64, has_network: bool) -> Vec<Alternative> {
        if !has_network {
            return Vec::new();
        }
        let of = |bpm: f64| Alternative { bpm: bpm as f32, confidence: self.mass.near(bpm) };
        let mut found = vec![of(bpm / 2.0), of(bpm * 2.0)];
        found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        found
    }

    /// Returns an update at the end of the newest frame.
    fn update(&self, status: TempoStatus, tempo: Option<f64>, confidence: f32) -> TempoUpdate {
        let manual = self.preferences.locked_bpm;
        let status = if manual.is_some() { TempoStatus::Locked } else { status };
        let tempo = tempo.or(manual);
        let out_bpm = tempo.map(|tempo| self.preferences.apply(tempo));
        let line = self.beats.line().filter(|line| out_bpm.is_some_and(|bpm| lock::agree(line.bpm, bpm)));
        let bpm = match (manual, line) {
            (None, Some(line)) => Some(line.bpm),
            _ => out_bpm,
        };
        let analyzed_s = self.frames.analyzed_s();
        let end_s = self.frames.end_s();
        TempoUpdate {
            model: Arc::clone(&self.model),
            generation: self.generation,
            // The window of the first frame reaches back by a frame, as in predictions of whole patches.
            start_s: self.origin_s + (end_s - analyzed_s - FRAME_S).max(0.0),
            end_s: (self.origin_s + end_s).min(self.clock.now_s()),
            analyzed_s,
            status,
            silent: false,
            bpm,
            confidence: if manual.is_some() { 1.0 } else { confidence },
            class: None,
            alternatives: Vec::new(),
            beats: line.map(|line| BeatLine { beat_s: self.origin_s + line.beat_s, ..line }),
        }
    }
}
