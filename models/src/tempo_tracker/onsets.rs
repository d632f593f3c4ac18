//! Onsets of a stream: their history, the tempo that the filter finds in them, and the pulse that fits them.

use std::collections::VecDeque;

use earmark_dsp::{DspError, SampleRate};

use crate::beats::filter::{FRAMES_PER_STEP, FilterTempo, ForwardFilter};
use crate::beats::flux::{self, FluxStream, Onset};
use crate::beats::pulse::{self, PulseFit};

/// Length of the history in frames: 12 s.
const HISTORY_FRAMES: usize = 1203;
/// Length of the part that a pulse is fitted to, in frames: 8 s.
const FIT_FRAMES: usize = 802;
/// Relative difference of the tempi of the last 4 s and 8 s above which the tempo changes, and the least ratio of their clarities.
const CHANGE: f64 = 0.007;
const CHANGE_CLARITY: f32 = 1.1;
/// Length of the part in which a pulse may have become weak, in frames: 1.5 s.
const RECENT_FRAMES: usize = 150;

/// Onsets of a stream. Allocates only while the queue of a block grows.
pub(super) struct OnsetInput {
    stream: FluxStream,
    /// Onsets that are not processed yet.
    queue: VecDeque<Onset>,
    filter: ForwardFilter,
    /// Strengths of the frames of one step of the filter.
    step: [Option<f32>; FRAMES_PER_STEP],
    /// Strengths of the last frames.
    history: VecDeque<f32>,
    /// Number of processed frames.
    count: u64,
}

impl OnsetInput {
    pub(super) fn new(rate: SampleRate) -> Result<Self, DspError> {
        Ok(Self {
            stream: FluxStream::new(rate)?,
            queue: VecDeque::new(),
            filter: ForwardFilter::new(flux::FRAME_S * FRAMES_PER_STEP as f64),
            step: [None; FRAMES_PER_STEP],
            history: VecDeque::with_capacity(HISTORY_FRAMES),
            count: 0,
        })
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.stream.push(samples, |onset| self.queue.push_back(onset));
    }

    /// Returns the time of the next onset in seconds, from the first sample on.
    pub(super) fn next_s(&self) -> f64 {
        flux::time_s(self.count as f64)
    }

    /// Processes the next onset. Returns false if it has not arrived yet.
    pub(super) fn advance(&mut self) -> bool {
        let Some(Onset { frame, strength }) = self.queue.pop_front() else { return false };
        let place = frame as usize % FRAMES_PER_STEP;
        self.step[place] = strength;
        if place + 1 == FRAMES_PER_STEP {
            let known = self.step.iter().flatten().copied();
            self.filter.step(known.reduce(f32::max));
        }
        if self.history.len() == HISTORY_FRAMES {
            self.history.pop_front();
        }
        self.history.push_back(strength.unwrap_or(0.0));
        self.count = frame + 1;
        true
    }

    /// Returns the tempo that the filter finds.
    pub(super) fn tempo(&self) -> FilterTempo {
        self.filter.tempo()
    }

    /// Forgets the tempo that the filter found, and the onsets but for the last 3 s.
    pub(super) fn forget_tempo(&mut self) {
        self.filter.reset();
        let removed = self.history.len().saturating_sub(2 * RECENT_FRAMES);
        self.history.drain(..removed);
    }

    /// Fits a pulse within 3 % of a tempo in BPM to the last 8 s, or to the last 4 s if the tempo changes.
    pub(super) fn fit(&self, bpm: f64) -> Option<PulseFit> {
        let (first, last) = self.last(FIT_FRAMES);
        let whole = pulse::fit(last, first, bpm)?;
        let (first, last) = self.last(FIT_FRAMES / 2);
        let changes = |part: &PulseFit| {
            (part.bpm / whole.bpm - 1.0).abs() > CHANGE && part.clarity > CHANGE_CLARITY * whole.clarity
        };
        pulse::fit(last, first, bpm).filter(changes).or(Some(whole))
    }

    /// Returns the clarity of a pulse within 3 % of a tempo in BPM in the last 1.5 s, whatever its phase.
    pub(super) fn recent_clarity(&self, bpm: f64) -> f32 {
        let (first, last) = self.last(RECENT_FRAMES);
        pulse::fit(last, first, bpm).map_or(0.0, |fit| fit.clarity)
    }

    /// Returns index and strengths of the last `frames` frames.
    fn last(&self, frames: usize) -> (u64, impl Iterator<Item = f32> + Clone) {
        let count = frames.min(self.history.len());
        (self.count - count as u64, self.history.iter().skip(self.history.len() - count).copied())
    }

    pub(super) fn reset(&mut self) {
        self.stream.reset();
        self.queue.clear();
        self.filter.reset();
        self.step = [None; FRAMES_PER_STEP];
        self.history.clear();
        self.count = 0;
    }
}
