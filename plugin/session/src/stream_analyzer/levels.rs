//! Levels and onsets of a stream, with source times.

use std::collections::VecDeque;

use earmark_descriptors::loudness::{LoudnessMeter, LoudnessStep};
use earmark_dsp::{DspError, LevelAnalyzer, LevelEvent, LevelFrame, Onset, SampleRate};

use super::lazy_run::LazyRun;
use crate::levels::{LevelEntry, LevelReading, OnsetReading};

/// Level stage of a stream analyzer. It allocates when it starts.
pub(super) struct LevelStage {
    rate: SampleRate,
    run: LazyRun<LevelRun>,
}

/// Meters over one stretch without discontinuities.
struct LevelRun {
    levels: LevelAnalyzer,
    loudness: LoudnessMeter,
    /// Loudness at the ends of frames that the level analyzer has not reached.
    steps: VecDeque<LoudnessStep>,
    /// Source time of the first sample in seconds; none before it.
    start_s: Option<f64>,
    generation: u64,
}

impl LevelStage {
    /// Creates a stage without meters.
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { rate, run: LazyRun::new() }
    }

    /// Drops the meters. Returns whether there were any.
    pub(super) fn stop(&mut self) -> bool {
        self.run.stop()
    }

    /// Discards the samples before a discontinuity.
    pub(super) fn discontinue(&mut self) {
        if let Some(run) = self.run.running() {
            run.reset();
        }
    }

    /// Adds samples that begin at source time `start_s` (seconds), and calls `out` with each result.
    ///
    /// # Errors
    /// If no analyzer can be built for the rate. The next calls do nothing.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        start_s: f64,
        generation: u64,
        out: &mut dyn FnMut(LevelEntry),
    ) -> Result<(), DspError> {
        let Some(run) = self.run.start(|| LevelRun::new(self.rate))? else { return Ok(()) };
        run.generation = generation;
        run.push(samples, start_s, out);
        Ok(())
    }
}

impl LevelRun {
    fn new(rate: SampleRate) -> Result<Self, DspError> {
        Ok(Self {
            levels: LevelAnalyzer::new(rate)?,
            loudness: LoudnessMeter::new(rate),
            steps: VecDeque::with_capacity(8),
            start_s: None,
            generation: 0,
        })
    }

    fn reset(&mut self) {
        self.levels.reset();
        self.loudness.reset();
        self.steps.clear();
        self.start_s = None;
    }

    fn push(&mut self, samples: &[f32], start_s: f64, out: &mut dyn FnMut(LevelEntry)) {
        let (origin_s, generation) = (*self.start_s.get_or_insert(start_s), self.generation);
        let steps = &mut self.steps;
        self.loudness.push(samples, &mut |step| steps.push_back(step));
        self.levels.push(samples, &mut |event| {
            out(match event {
                LevelEvent::Frame(frame) => {
                    // Steps end where frames do.
                    LevelEntry::Levels(reading(frame, steps.pop_front(), origin_s, generation))
                }
                LevelEvent::Onset(Onset { band, time_s, strength }) => {
                    LevelEntry::Onset(OnsetReading { band, time_s: origin_s + time_s, generation, strength })
                }
            });
        });
    }
}

fn reading(frame: LevelFrame, step: Option<LoudnessStep>, origin_s: f64, generation: u64) -> LevelReading {
    let LevelFrame { end_s, rms, peak, low, mid, high, centroid_hz } = frame;
    let lufs = |of: fn(LoudnessStep) -> Option<f64>| step.and_then(of).map(|lufs| lufs as f32);
    LevelReading {
        end_s: origin_s + end_s,
        generation,
        rms,
        peak,
        low,
        mid,
        high,
        centroid_hz,
        momentary_lufs: lufs(|step| step.momentary),
        short_term_lufs: lufs(|step| step.short_term),
    }
}
