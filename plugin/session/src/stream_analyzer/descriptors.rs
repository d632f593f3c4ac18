//! Descriptors of a stream: the music extractor, its times of description, and its restarts.
//!
//! Descriptions are made at fixed positions of the stream, so blocks of any size give the same results. The window is
//! described at whole seconds and the stream since its start half a second later, so that no call does both.

use std::collections::VecDeque;
use std::sync::Arc;

use earmark_descriptors::tonal::KeyProfile;
use earmark_descriptors::{AudioRetention, DescriptorError, Extractor, Pool, Stretch};
use earmark_dsp::SampleRate;

use super::lazy_run::LazyRun;
use crate::descriptors::{LiveDescriptors, Measurement, live_descriptors};

/// Length of the window in seconds.
const WINDOW_S: u32 = 30;
/// Length in seconds of the history of the spectral centroid, which has one value a second.
const CENTROID_HISTORY_S: usize = 120;
/// Steps per second of source: the positions at which something is described.
const STEPS_PER_S: u64 = 2;
/// Steps between two descriptions of the window.
const WINDOW_STEPS: u64 = STEPS_PER_S;
/// Least number of steps between two descriptions of the stream since its start.
const SINCE_START_STEPS: u64 = 10 * STEPS_PER_S;
/// Share of the steps so far that lie at least between two descriptions of the stream since its start. A description costs
/// in proportion to the length of the stream, so this bounds the costs per second.
const SINCE_START_SHARE: u64 = 10;
/// Steps after which the extractor is restarted: 20 minutes. The frames of all of them are kept in memory.
const MAX_STEPS: u64 = 20 * 60 * STEPS_PER_S;

/// Position and state of the stream at the first of some samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamPosition {
    /// Source time in seconds.
    pub(super) start_s: f64,
    /// Generation of the samples.
    pub(super) generation: u64,
    /// Whether descriptions are left out, because the worker lags.
    pub(super) skip: bool,
}

/// Descriptor stage of a stream analyzer. Not real-time safe.
pub(super) struct DescriptorStage {
    rate: SampleRate,
    run: LazyRun<DescriptorRun>,
    /// Number of steps after which the extractor is restarted.
    max_steps: u64,
}

/// Extractor over one stretch without discontinuities.
struct DescriptorRun {
    rate: SampleRate,
    extractor: Extractor,
    /// Source time of the first sample in seconds; none before it.
    start_s: Option<f64>,
    generation: u64,
    samples: u64,
    /// Number of steps so far.
    steps: u64,
    /// Step at which the stream since its start is described next; an odd number.
    since_start_step: u64,
    since_start: Option<Arc<Pool>>,
    centroid_hz: VecDeque<f32>,
}

impl DescriptorStage {
    /// Creates a stage without an extractor.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, run: LazyRun::new(), max_steps: MAX_STEPS }
    }

    /// Whether the stage has an extractor.
    #[cfg(test)]
    pub(super) fn is_running(&mut self) -> bool {
        self.run.running().is_some()
    }

    /// Drops the extractor and its memory. Returns whether there was one.
    pub(super) fn stop(&mut self) -> bool {
        self.run.stop()
    }

    /// Discards the samples before a discontinuity.
    pub(super) fn discontinue(&mut self) {
        if let Some(run) = self.run.running() {
            run.reset();
        }
    }

    /// Adds samples, and calls `out` with each description.
    ///
    /// # Errors
    /// If no extractor can be built for the rate. The next calls do nothing.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        position: StreamPosition,
        out: &mut dyn FnMut(LiveDescriptors),
    ) -> Result<(), DescriptorError> {
        if samples.is_empty() {
            return Ok(());
        }
        let Some(run) = self.run.start(|| DescriptorRun::new(self.rate))? else { return Ok(()) };
        if run.generation != position.generation {
            run.reset();
        }
        run.generation = position.generation;
        let mut rest = samples;
        while !rest.is_empty() {
            let start_s = position.start_s + self.rate.seconds((samples.len() - rest.len()) as u64);
            if run.steps == self.max_steps {
                let centroid_hz = std::mem::take(&mut run.centroid_hz);
                // The memory of the frames is used again, so that none is added in the next 20 minutes.
                run.reset();
                run.centroid_hz = centroid_hz;
            }
            run.start_s.get_or_insert(start_s);
            let missing = run.next_step().saturating_sub(run.samples).max(1);
            let (part, after) = rest.split_at(rest.len().min(usize::try_from(missing).unwrap_or(usize::MAX)));
            run.extractor.push(part);
            run.samples += part.len() as u64;
            rest = after;
            if run.samples >= run.next_step() {
                run.steps += 1;
                if position.skip {
                    run.skip();
                } else if let Some(descriptors) = run.describe() {
                    out(descriptors);
                }
            }
        }
        Ok(())
    }
}

impl DescriptorRun {
    fn new(rate: SampleRate) -> Result<Self, DescriptorError> {
        let extractor = Extractor::builder(rate, 1).audio(AudioRetention::Last(WINDOW_S)).build()?;
        Ok(Self {
            rate,
            extractor,
            start_s: None,
            generation: 0,
            samples: 0,
            steps: 0,
            since_start_step: SINCE_START_STEPS + 1,
            since_start: None,
            centroid_hz: VecDeque::new(),
        })
    }

    fn reset(&mut self) {
        if self.samples > 0 {
            self.extractor.reset();
        }
        (self.start_s, self.samples, self.steps, self.since_start) = (None, 0, 0, None);
        self.since_start_step = SINCE_START_STEPS + 1;
        self.centroid_hz.clear();
    }

    /// Returns the number of samples at the next step.
    fn next_step(&self) -> u64 {
        ((self.steps + 1) as f64 * self.rate.hz() / STEPS_PER_S as f64).round() as u64
    }

    /// Leaves out what is due at the present step.
    fn skip(&mut self) {
        if self.steps.is_multiple_of(WINDOW_STEPS) {
            self.add_centroid(0.0);
        }
    }

    fn add_centroid(&mut self, hz: f32) {
        if self.centroid_hz.len() == CENTROID_HISTORY_S {
            self.centroid_hz.pop_front();
        }
        self.centroid_hz.push_back(hz);
    }

    /// Describes what is due at the present step; the window only is returned.
    fn describe(&mut self) -> Option<LiveDescriptors> {
        if !self.steps.is_multiple_of(WINDOW_STEPS) {
            if self.steps >= self.since_start_step {
                // An even number, so that the next step is odd again.
                let interval = self.steps / SINCE_START_SHARE / WINDOW_STEPS * WINDOW_STEPS;
                self.since_start_step = self.steps + interval.max(SINCE_START_STEPS);
                self.since_start = Some(Arc::new(self.extractor.describe(Stretch::SinceStart)));
            }
            return None;
        }
        let stretch = Stretch::Last(f64::from(WINDOW_S));
        let window = Arc::new(self.extractor.describe(stretch));
        let summary = self.extractor.summarize(stretch, KeyProfile::Edma);
        self.add_centroid(summary.centroid_hz.unwrap_or_default() as f32);
        let since_start_s = self.extractor.analyzed_s();
        Some(live_descriptors(Measurement {
            end_s: self.start_s.unwrap_or_default() + since_start_s,
            window_s: since_start_s.min(WINDOW_S.into()),
            since_start_s,
            generation: self.generation,
            summary,
            centroid_hz: self.centroid_hz.iter().copied().collect(),
            window,
            since_start: self.since_start.clone(),
        }))
    }
}

#[cfg(test)]
mod tests;
