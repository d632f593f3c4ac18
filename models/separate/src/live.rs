//! Live separation: a window of the newest frames, separated again every few frames.
//!
//! The frames after the newest one are absent from the window, not silent: the networks separate better at the end of
//! their input than before false silence.

use std::collections::VecDeque;

use crate::SeparateError;
use crate::level::{LiveGain, SILENCE_DBFS, decibels};
use crate::mask::{MaskExtension, Masks};
use crate::network::{BINS, CHANNELS};
use crate::runs::{Quality, Runs};
use crate::spectra::{FramePool, FrameSpectra};

/// Length of the window in frames: longer ones separate no better.
pub(crate) const WINDOW_FRAMES: usize = 64;
/// Number of frames over which held masks fade to the residual.
const FADE_FRAMES: usize = 8;

/// Times of the runs, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Frames from one run to the next (1 to 32).
    pub hop: usize,
    /// Frames after a frame that are in the window when its masks are computed (0 to 31).
    pub look_ahead: usize,
}

impl Schedule {
    /// Checks that the wanted frames fit into the window.
    pub(crate) fn check(self) -> Result<Self, SeparateError> {
        if (1..=32).contains(&self.hop) && self.look_ahead < 32 {
            return Ok(self);
        }
        let expected = "hop of 1 to 32 frames and look-ahead of 0 to 31 frames".to_owned();
        Err(SeparateError::Setting { what: "schedule", expected, got: format!("{} and {}", self.hop, self.look_ahead) })
    }
}

/// Numbers of runs of a live stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiveCounters {
    /// Runs of the networks.
    pub runs: u64,
    /// Runs that were left out because the stream was late.
    pub held_runs: u64,
    /// Frames whose masks were held from an earlier run.
    pub held_frames: u64,
    /// Runs that were left out because the window was silent.
    pub silent_runs: u64,
}

/// Separator of frames in a sliding window.
pub(crate) struct Live {
    schedule: Schedule,
    runs: Runs,
    extension: MaskExtension,
    residual: usize,
    level: bool,
    gain: LiveGain,
    /// Frames that were not emitted.
    frames: VecDeque<FrameSpectra>,
    pool: FramePool,
    /// Number of frames since the last run was due.
    since_run: usize,
    /// Number of frames since the networks ran, and their gain.
    since_networks: usize,
    last_gain: f32,
    /// Magnitudes of the window: `[channel][frame][bin]`, the newest frame last.
    window: Vec<f32>,
    scaled: Vec<f32>,
    powers: VecDeque<f64>,
    masks: Masks,
    /// Masks of the last frame of the last run, and the number of frames that used them since.
    held: Masks,
    held_frames: usize,
    /// Whether the next runs are left out.
    pub(crate) hold: bool,
    pub(crate) counters: LiveCounters,
}

impl Live {
    pub(crate) fn new(
        schedule: Schedule,
        runs: Runs,
        (stems, residual): (usize, usize),
        (level, extension): (bool, MaskExtension),
        channels: usize,
    ) -> Self {
        let mut masks = Masks::new(stems, channels);
        masks.set_residual(residual);
        Self {
            schedule,
            runs,
            extension,
            residual,
            level,
            gain: LiveGain::default(),
            frames: VecDeque::new(),
            pool: FramePool::new(channels),
            since_run: 0,
            since_networks: WINDOW_FRAMES,
            last_gain: 1.0,
            window: vec![0.0; CHANNELS * WINDOW_FRAMES * BINS],
            scaled: vec![0.0; CHANNELS * WINDOW_FRAMES * BINS],
            powers: VecDeque::with_capacity(WINDOW_FRAMES + 1),
            held: masks.clone(),
            masks,
            held_frames: 0,
            hold: false,
            counters: LiveCounters::default(),
        }
    }

    /// Maximum number of frames from a frame to the one that starts its run.
    pub(crate) fn look_ahead(&self) -> usize {
        self.schedule.look_ahead + self.schedule.hop
    }

    pub(crate) fn set_schedule(&mut self, schedule: Schedule) {
        self.schedule = schedule;
    }

    pub(crate) fn set_quality(&mut self, quality: Quality) {
        self.runs.quality = quality;
        // The networks that did not run have results of earlier frames.
        self.since_networks = WINDOW_FRAMES;
    }

    /// Adds a frame. `emit` receives frames with their masks in order, after a run.
    pub(crate) fn push(
        &mut self,
        fill: impl FnOnce(&mut FrameSpectra),
        emit: &mut impl FnMut(&FrameSpectra, &Masks),
    ) -> Result<(), SeparateError> {
        let mut frame = self.pool.take();
        fill(&mut frame);
        for (channel, plane) in self.window.chunks_exact_mut(WINDOW_FRAMES * BINS).enumerate() {
            plane.copy_within(BINS.., 0);
            frame.write_magnitudes(channel, 1.0, &mut plane[(WINDOW_FRAMES - 1) * BINS..]);
        }
        let power = frame.power();
        self.powers.push_back(power);
        if self.powers.len() > WINDOW_FRAMES {
            self.powers.pop_front();
        }
        self.gain.push(power);
        self.frames.push_back(frame);
        self.since_run += 1;
        self.since_networks += 1;
        if self.since_run >= self.schedule.hop {
            self.since_run = 0;
            let ready = self.frames.len().saturating_sub(self.schedule.look_ahead);
            self.run(ready, self.schedule.look_ahead, emit)?;
        }
        Ok(())
    }

    /// Emits all remaining frames, then resets.
    pub(crate) fn flush(&mut self, emit: &mut impl FnMut(&FrameSpectra, &Masks)) -> Result<(), SeparateError> {
        self.run(self.frames.len(), 0, emit)?;
        self.reset();
        Ok(())
    }

    /// Discards all frames: the next one is frame 0.
    pub(crate) fn reset(&mut self) {
        self.pool.recycle(self.frames.drain(..));
        self.window.fill(0.0);
        self.powers.clear();
        self.gain.reset();
        self.since_run = 0;
        self.since_networks = WINDOW_FRAMES;
        self.held.set_residual(self.residual);
        self.held_frames = 0;
    }

    /// Emits the `ready` oldest frames; the newest of them is `look_ahead` frames before the end of the window.
    fn run(
        &mut self,
        ready: usize,
        look_ahead: usize,
        emit: &mut impl FnMut(&FrameSpectra, &Masks),
    ) -> Result<(), SeparateError> {
        if ready == 0 {
            return Ok(());
        }
        let end = self.runs.frames() - look_ahead;
        let wanted = end.saturating_sub(ready)..end;
        let mean = self.powers.iter().sum::<f64>() / self.powers.len().max(1) as f64;
        let silent = decibels(mean) < SILENCE_DBFS;
        let gain = if self.level { self.gain.next() } else { 1.0 };
        if silent {
            self.counters.silent_runs += 1;
        } else if self.hold {
            self.counters.held_runs += 1;
        } else {
            let mix = if gain == 1.0 {
                &self.window
            } else {
                self.scaled.iter_mut().zip(&self.window).for_each(|(scaled, value)| *scaled = value * gain);
                &self.scaled
            };
            // Another gain changes all frames.
            let moved = if gain == self.last_gain { self.since_networks.min(WINDOW_FRAMES) } else { WINDOW_FRAMES };
            self.runs.run(mix, moved, wanted.clone())?;
            (self.since_networks, self.last_gain) = (0, gain);
            self.counters.runs += 1;
        }
        for index in 0..ready {
            let Some(frame) = self.frames.pop_front() else { break };
            if silent {
                self.masks.set_residual(self.residual);
            } else if self.hold {
                self.hold_masks();
            } else {
                // A frame that has left the window has the masks of the oldest frame in it.
                let row = (index + wanted.len()).saturating_sub(ready);
                self.runs.masks(row, wanted.len(), &frame, gain, self.extension, &mut self.masks);
            }
            emit(&frame, &self.masks);
            self.pool.recycle([frame]);
        }
        if silent || !self.hold {
            self.held.clone_from(&self.masks);
            self.held_frames = 0;
        }
        Ok(())
    }

    /// Takes the masks of the last run for a hop, then fades them to the residual.
    fn hold_masks(&mut self) {
        self.masks.clone_from(&self.held);
        let faded = self.held_frames.saturating_sub(self.schedule.hop).min(FADE_FRAMES);
        self.masks.fade_to_residual(self.residual, 1.0 - faded as f32 / FADE_FRAMES as f32);
        self.held_frames += 1;
        self.counters.held_frames += 1;
    }
}
