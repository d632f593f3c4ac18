//! Separator without networks for tests: the vocals are half of the input.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::backend::{SeparateStream, StreamCounters};
use crate::link::StreamFormat;

/// Share of the vocals in the input.
pub(crate) const SHARE: f32 = 0.5;

/// Share while runs are left out, so that vocals of held masks differ from absent ones.
const HELD_SHARE: f32 = 0.25;

/// Stub that completes vocals after a look-ahead, at multiples of a hop.
pub(crate) struct StubSeparation {
    hop: usize,
    look_ahead: usize,
    input: Vec<Vec<f32>>,
    pushed: usize,
    emitted: usize,
    hold: bool,
    counters: StreamCounters,
    /// Time of a run in microseconds.
    run_us: Arc<AtomicU64>,
}

impl StubSeparation {
    /// Creates a stub with the latency of a mode without its deadline.
    pub(crate) fn of(format: &StreamFormat, latency: usize) -> Self {
        let frame = 1024.0 * format.rate.hz() / 44_100.0;
        let [hop, look_ahead, deadline] = format.mode.frames().unwrap_or([384, 83, 32]);
        let deadline = if format.offline { 0 } else { deadline };
        let hop_samples = (hop as f64 * frame) as usize;
        let added = format.max_block.saturating_sub(frame as usize);
        let total = latency - added - (deadline as f64 * frame).ceil() as usize;
        assert!(total > hop_samples && look_ahead < 100);
        Self {
            hop: hop_samples,
            look_ahead: total - hop_samples,
            input: vec![Vec::new(); format.channels],
            pushed: 0,
            emitted: 0,
            hold: false,
            counters: StreamCounters::default(),
            run_us: Arc::default(),
        }
    }

    /// Sets the time of a run in microseconds, which can change later.
    pub(crate) fn with_run_time(mut self, run_us: &Arc<AtomicU64>) -> Self {
        self.run_us = Arc::clone(run_us);
        self
    }

    /// Emits the vocals before `end`.
    fn run(&mut self, end: usize, vocals: &mut [Vec<f32>]) {
        let frames = end.saturating_sub(self.emitted);
        if frames == 0 {
            return;
        }
        if self.hold {
            self.counters.held_runs += 1;
            self.counters.held_frames += frames.div_ceil(1024) as u64;
        } else {
            self.counters.runs += 1;
            match self.run_us.load(Relaxed) {
                0 => {}
                run_us => thread::sleep(Duration::from_micros(run_us)),
            }
        }
        let share = if self.hold { HELD_SHARE } else { SHARE };
        for (input, vocals) in self.input.iter_mut().zip(vocals) {
            vocals.extend(input.drain(..frames).map(|sample| share * sample));
        }
        self.emitted = end;
    }
}

impl SeparateStream for StubSeparation {
    fn latency_samples(&self) -> usize {
        self.hop + self.look_ahead
    }

    fn has_eco(&self) -> bool {
        true
    }

    fn push(&mut self, input: &[&[f32]], vocals: &mut [Vec<f32>]) -> Result<(), String> {
        for (kept, channel) in self.input.iter_mut().zip(input) {
            kept.extend_from_slice(channel);
        }
        let before = self.pushed / self.hop;
        self.pushed += input[0].len();
        if self.pushed / self.hop > before {
            let run_at = self.pushed / self.hop * self.hop;
            self.run(run_at.saturating_sub(self.look_ahead), vocals);
        }
        Ok(())
    }

    fn flush(&mut self, vocals: &mut [Vec<f32>]) -> Result<(), String> {
        self.run(self.pushed, vocals);
        self.reset();
        Ok(())
    }

    fn reset(&mut self) {
        self.input.iter_mut().for_each(Vec::clear);
        (self.pushed, self.emitted) = (0, 0);
    }

    fn set_hold(&mut self, hold: bool) {
        self.hold = hold;
    }

    fn set_schedule(&mut self, _hop: usize, _look_ahead: usize) -> Result<(), String> {
        Ok(())
    }

    fn set_eco(&mut self, _eco: bool) {}

    fn counters(&self) -> StreamCounters {
        self.counters
    }
}
