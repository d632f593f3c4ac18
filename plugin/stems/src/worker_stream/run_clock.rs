//! Times of the runs, and the load of the worker thread.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use earmark_dsp::SampleRate;
use earmark_separate::HOP;

use crate::status::StreamStatus;

/// Length in seconds of the audio over which the load is averaged.
const LOAD_S: f64 = 1.0;

/// Share of the newest run in the average time of runs.
const NEW_RUN_SHARE: f64 = 0.3;

/// Factor of the expected time of a run for each run that was left out, so that runs are tried again.
const HELD_FACTOR: f64 = 0.8;

/// Time of one step: on the clock of the system, and of the processor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StepTime {
    wall_s: f64,
    cpu_s: f64,
}

/// Times of the runs of one stream.
#[derive(Debug)]
pub(super) struct RunClock {
    rate_hz: f64,
    hop_s: f64,
    /// Average times of a run in seconds; 0 if unknown.
    run_wall_s: f64,
    run_cpu_s: f64,
    /// Length of the audio, and processor time, since the load was published.
    audio_s: f64,
    cpu_s: f64,
    load: Option<f64>,
}

impl RunClock {
    pub(super) fn new(rate_hz: f64) -> Self {
        Self { rate_hz, hop_s: 0.0, run_wall_s: 0.0, run_cpu_s: 0.0, audio_s: 0.0, cpu_s: 0.0, load: None }
    }

    /// Sets the distance of the runs in frames.
    pub(super) fn set_hop(&mut self, hop: usize) {
        self.hop_s = (hop * HOP) as f64 / SampleRate::HZ_44100.hz();
    }

    /// Returns the expected time of a run in seconds; 0 if unknown.
    pub(super) fn run_s(&self) -> f64 {
        self.run_wall_s
    }

    /// Forgets the times of runs, because the next ones are of another kind.
    pub(super) fn forget_runs(&mut self) {
        self.run_wall_s = 0.0;
    }

    /// Calls `step` and returns its times.
    pub(super) fn time<E>(&self, step: impl FnOnce() -> Result<(), E>) -> Result<StepTime, E> {
        let (wall, cpu) = (Instant::now(), ThreadTime::try_now());
        step()?;
        let wall = wall.elapsed();
        let cpu = cpu.ok().and_then(|start| start.try_elapsed().ok()).unwrap_or(wall);
        let seconds = |time: Duration| time.as_secs_f64();
        Ok(StepTime { wall_s: seconds(wall), cpu_s: seconds(cpu) })
    }

    /// Adds a step on `frames` samples with numbers of runs, and of those that were left out.
    pub(super) fn add(&mut self, time: StepTime, frames: usize, runs: u64, held: u64) {
        self.audio_s += frames as f64 / self.rate_hz;
        self.cpu_s += time.cpu_s;
        if runs > 0 {
            let average = |known: f64, new: f64| {
                let new = new / runs as f64;
                if known == 0.0 { new } else { known + NEW_RUN_SHARE * (new - known) }
            };
            self.run_wall_s = average(self.run_wall_s, time.wall_s);
            self.run_cpu_s = average(self.run_cpu_s, time.cpu_s);
        }
        self.run_wall_s *= HELD_FACTOR.powi(held.min(100) as i32);
    }

    /// Publishes the load once a second of audio.
    pub(super) fn publish(&mut self, status: &StreamStatus) {
        if self.audio_s < LOAD_S {
            return;
        }
        let new = self.cpu_s / self.audio_s;
        let load = self.load.map_or(new, |load| load + 0.5 * (new - load));
        self.load = Some(load);
        (self.audio_s, self.cpu_s) = (0.0, 0.0);
        let permille = |share: f64| (share * 1000.0).clamp(0.0, 1e6) as u32;
        status.load_permille.store(permille(load), Relaxed);
        if self.hop_s > 0.0 && self.run_cpu_s > 0.0 {
            status.needed_permille.store(permille(self.run_cpu_s / self.hop_s), Relaxed);
            if self.run_wall_s > 0.0 {
                status.available_permille.store(permille((self.run_cpu_s / self.run_wall_s).min(1.0)), Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_is_processor_time_per_audio_time() {
        let status = StreamStatus::default();
        let mut clock = RunClock::new(48_000.0);
        clock.set_hop(8);
        for _ in 0..100 {
            clock.add(StepTime { wall_s: 0.004, cpu_s: 0.002 }, 480, 1, 0);
            clock.publish(&status);
        }
        assert_eq!(status.load_permille.load(Relaxed), 200);
        assert_eq!(status.available_permille.load(Relaxed), 500);
        assert!((clock.run_s() - 0.004).abs() < 1e-9);
        clock.add(StepTime::default(), 480, 0, 3);
        assert!(clock.run_s() < 0.0021);
        clock.forget_runs();
        assert_eq!(clock.run_s(), 0.0);
    }
}
