//! Separation of one stream on the worker thread: marks and samples in, vocals with their positions out.

mod run_clock;

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use earmark_separate::{Schedule, SeparationMode};
use ringbuf::traits::{Consumer, Observer, Producer};

use self::run_clock::RunClock;
use crate::backend::SeparateStream;
use crate::link::{InputMark, StreamFormat, VocalChunk, WorkerEnd};
use crate::overload::{Measure, Overload};
use crate::status::{StreamStatus, add};

/// Maximum number of samples per channel that are separated at a time: less than one frame, so that a slice contains one
/// run at most.
const SLICE: usize = 512;

/// Reason to leave out runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// The vocals would be late.
    Late,
    /// The separation is paused.
    Paused,
    /// The output needs no vocals.
    Bypassed,
}

/// Worker thread's half of a stream.
pub(crate) struct WorkerStream {
    format: StreamFormat,
    end: WorkerEnd,
    separation: Box<dyn SeparateStream>,
    overload: Overload,
    clock: RunClock,
    eco: bool,
    /// Number of samples per channel taken from the ring.
    taken: u64,
    /// Position of the next vocals.
    next_vocal: u64,
    generation: u32,
    interleaved: Vec<f32>,
    input: Vec<Vec<f32>>,
    vocals: Vec<Vec<f32>>,
}

impl WorkerStream {
    pub(crate) fn new(format: StreamFormat, end: WorkerEnd, separation: Box<dyn SeparateStream>) -> Self {
        let channels = format.channels;
        end.status.set_measure(Measure::Full);
        let mut clock = RunClock::new(format.rate.hz());
        if let SeparationMode::Live(schedule) = format.mode.separator_mode(format.offline) {
            clock.set_hop(schedule.hop);
        }
        Self {
            overload: Overload::new(format.mode, separation.has_eco()),
            clock,
            format,
            end,
            separation,
            eco: false,
            taken: 0,
            next_vocal: 0,
            generation: 0,
            interleaved: vec![0.0; SLICE * channels],
            input: vec![Vec::with_capacity(SLICE); channels],
            vocals: vec![Vec::new(); channels],
        }
    }

    pub(crate) fn status(&self) -> Arc<StreamStatus> {
        Arc::clone(&self.end.status)
    }

    /// Processes the next mark or slice. Returns whether there was one.
    ///
    /// # Errors
    /// A message for the user if the separation fails.
    pub(crate) fn step(&mut self) -> Result<bool, String> {
        self.set_eco()?;
        // Samples first: a mark is sent before the samples after it.
        let available = self.end.samples.occupied_len() / self.format.channels;
        let mark = self.end.marks.try_peek().copied();
        let before_mark = mark.map_or(usize::MAX, |mark| (mark.pushed - self.taken) as usize);
        let frames = available.min(before_mark).min(SLICE);
        if frames > 0 {
            self.take(frames);
            if mark.is_some_and(|mark| !mark.flush) {
                // A reset follows: no output needs these samples.
                return Ok(true);
            }
            self.separate(frames, |separation, input, vocals| separation.push(input, vocals))?;
            self.end.progress.processed.store(self.taken, Release);
            return Ok(true);
        }
        match mark {
            Some(mark) if before_mark == 0 => {
                self.end.marks.skip(1);
                self.begin(mark)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Follows the user's choice of one network.
    fn set_eco(&mut self) -> Result<(), String> {
        let eco = self.end.status.eco.load(Relaxed);
        if eco == self.eco {
            return Ok(());
        }
        self.eco = eco;
        self.overload = Overload::new(self.format.mode, self.separation.has_eco() && !eco);
        self.apply(Measure::Full)
    }

    fn take(&mut self, frames: usize) {
        let channels = self.format.channels;
        let taken = self.end.samples.pop_slice(&mut self.interleaved[..frames * channels]);
        debug_assert_eq!(taken, frames * channels);
        for (channel, input) in self.input.iter_mut().enumerate() {
            input.clear();
            input.extend(self.interleaved[channel..taken].iter().step_by(channels));
        }
        self.taken += frames as u64;
    }

    /// Starts a generation.
    fn begin(&mut self, mark: InputMark) -> Result<(), String> {
        if mark.flush {
            self.separate(0, |separation, _, vocals| separation.flush(vocals))?;
            self.end.progress.separated.store(mark.position, Release);
        } else {
            self.separation.reset();
        }
        (self.next_vocal, self.generation) = (mark.position, mark.generation);
        Ok(())
    }

    /// Runs a step of the separator on `frames` samples, sends the vocals and counts the runs.
    fn separate(
        &mut self,
        frames: usize,
        step: impl FnOnce(&mut dyn SeparateStream, &[&[f32]], &mut [Vec<f32>]) -> Result<(), String>,
    ) -> Result<(), String> {
        let hold = self.hold();
        self.separation.set_hold(hold.is_some());
        let before = self.separation.counters();
        let mut input = [[].as_slice(); 2];
        input.iter_mut().zip(&self.input).for_each(|(slot, channel)| *slot = channel);
        let (separation, vocals) = (&mut *self.separation, &mut self.vocals);
        let input = &input[..self.format.channels];
        let time = self.clock.time(|| step(separation, input, vocals))?;
        let first_vocal = self.next_vocal;
        self.send();

        let after = self.separation.counters();
        let runs = after.runs - before.runs;
        let held = if hold == Some(Hold::Late) { after.held_runs - before.held_runs } else { 0 };
        let sent = self.next_vocal > first_vocal;
        let late = sent && runs > 0 && !self.is_patient() && (first_vocal as i64) < self.end.progress.due.load(Acquire);
        let status = &self.end.status;
        add(&status.runs, runs);
        add(&status.skipped_runs, held);
        add(&status.late_runs, held + u64::from(late));
        if hold != Some(Hold::Bypassed) {
            add(&status.held_frames, after.held_frames - before.held_frames);
        }
        self.clock.add(time, frames, runs, held);
        self.clock.publish(status);
        let now_s = self.format.rate.seconds(self.taken);
        let mut change = None;
        if runs > 0 || held > 0 {
            change = self.overload.record(now_s, late || held > 0);
        }
        match change.or_else(|| self.overload.advance(now_s)) {
            Some(measure) => self.apply(measure),
            None => Ok(()),
        }
    }

    /// Returns the reason to leave out a run now.
    fn hold(&self) -> Option<Hold> {
        if self.overload.measure() == Measure::Paused {
            return Some(Hold::Paused);
        }
        if self.end.status.bypassed.load(Relaxed) {
            return Some(Hold::Bypassed);
        }
        let slack = self.next_vocal as i64 - self.end.progress.due.load(Acquire);
        let late = (slack as f64) < self.clock.run_s() * self.format.rate.hz();
        (late && !self.is_patient()).then_some(Hold::Late)
    }

    /// Whether late vocals are waited for.
    fn is_patient(&self) -> bool {
        self.format.offline || self.end.progress.patient.load(Relaxed)
    }

    /// Sends the vocals with their position.
    fn send(&mut self) {
        let (channels, frames) = (self.format.channels, self.vocals[0].len());
        if frames == 0 {
            return;
        }
        let chunk = VocalChunk { position: self.next_vocal, frames, generation: self.generation };
        self.next_vocal += frames as u64;
        if self.end.vocals.vacant_len() >= frames * channels && !self.end.chunks.is_full() {
            self.interleaved.clear();
            for index in 0..frames {
                self.interleaved.extend(self.vocals.iter().map(|channel| channel[index]));
            }
            self.end.vocals.push_slice(&self.interleaved);
            // Cannot fail: this is the only producer.
            let _ = self.end.chunks.try_push(chunk);
        } else {
            // The host has stopped processing.
            add(&self.end.status.late_samples, frames as u64);
        }
        self.interleaved.resize(self.interleaved.len().max(SLICE * channels), 0.0);
        self.vocals.iter_mut().for_each(Vec::clear);
        self.end.progress.separated.store(self.next_vocal, Release);
    }

    /// Applies a measure.
    fn apply(&mut self, measure: Measure) -> Result<(), String> {
        let schedule = match (measure, self.format.mode.separator_mode(self.format.offline)) {
            (Measure::LongerHop { hop, look_ahead }, _) => Some(Schedule { hop, look_ahead }),
            (_, SeparationMode::Live(schedule)) => Some(schedule),
            _ => None,
        };
        if let Some(Schedule { hop, look_ahead }) = schedule {
            self.separation.set_schedule(hop, look_ahead)?;
            self.clock.set_hop(hop);
        }
        self.separation.set_eco(self.eco || measure == Measure::OneNetwork);
        self.clock.forget_runs();
        self.end.status.set_measure(measure);
        Ok(())
    }
}
