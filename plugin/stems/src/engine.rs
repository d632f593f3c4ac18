//! Audio thread of a stream.
//!
//! ```text
//! block ─┬─ dry delay ────────────────────────────┐
//!        └─ ring ═► worker ═► vocals by position ─┴─► mix
//! ```
//!
//! Every sample of the output has a position in the stream. Vocals are taken by position, so that lateness, jumps and
//! resets never shift them against the dry signal.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread::Thread;

use ringbuf::HeapProd;
use ringbuf::traits::{Observer, Producer};

use crate::delay::DelayLine;
use crate::link::{AudioEnd, InputMark, Progress, StreamFormat};
use crate::mixer::{MAX_FRAMES, MixControls, Mixer, Outputs, VocalBlock};
use crate::render_wait::{Patience, RenderWait};
use crate::status::{StreamStatus, add};
use crate::vocal_reader::{Availability, VocalReader};

/// Audio thread's half of a stream. Processing is real-time safe, except where the patience allows waiting.
pub(crate) struct Engine {
    format: StreamFormat,
    latency: usize,
    samples: HeapProd<f32>,
    marks: HeapProd<InputMark>,
    vocals: VocalReader,
    status: Arc<StreamStatus>,
    progress: Arc<Progress>,
    delays: Vec<DelayLine>,
    mixer: Mixer,
    block: VocalBlock,
    interleaved: Box<[f32; 2 * MAX_FRAMES]>,
    wait: RenderWait,
    /// Position of the next sample of the input.
    position: u64,
    /// Position of the first sample after the last reset.
    start: u64,
    generation: u32,
    /// Number of samples per channel in the ring so far.
    pushed: u64,
    /// Mark that the ring of marks could not take.
    pending: Option<InputMark>,
    /// Whether samples before the next one are missing in the ring.
    gap: bool,
}

impl Engine {
    /// Creates the audio thread's half of a stream with a declared latency in samples. Allocates.
    pub(crate) fn new(
        format: StreamFormat,
        latency: usize,
        end: AudioEnd,
        worker: Thread,
        controls: &MixControls,
    ) -> Self {
        let hz = format.rate.hz();
        let mut interleaved = Box::new([1.0; 2 * MAX_FRAMES]);
        interleaved.fill(0.0);
        Self {
            format,
            latency,
            samples: end.samples,
            marks: end.marks,
            vocals: VocalReader::new(end.vocals, end.chunks, format.channels),
            status: end.status,
            progress: end.progress,
            delays: (0..format.channels).map(|_| DelayLine::new(latency)).collect(),
            mixer: Mixer::new(hz, controls),
            block: VocalBlock::new(hz),
            interleaved,
            wait: RenderWait::new(Patience::Never, worker),
            position: 0,
            start: 0,
            generation: 0,
            pushed: 0,
            pending: None,
            gap: false,
        }
    }

    pub(crate) fn format(&self) -> &StreamFormat {
        &self.format
    }

    /// Returns the declared latency in samples.
    pub(crate) fn latency(&self) -> usize {
        self.latency
    }

    /// Sets the permission to wait for the vocals. Not for the audio thread.
    pub(crate) fn set_patience(&mut self, patience: Patience, worker: Thread) {
        self.wait = RenderWait::new(patience, worker);
    }

    /// Whether processing may wait, and so allocate.
    pub(crate) fn may_wait(&self) -> bool {
        self.wait.may_wait()
    }

    /// Discards all state: the output is silent until the next sample of the input is due. Real-time safe.
    pub(crate) fn reset(&mut self, controls: &MixControls) {
        self.begin_generation(false);
        self.start = self.position;
        self.vocals.reset(self.generation);
        self.delays.iter_mut().for_each(DelayLine::clear);
        self.mixer.reset(controls);
        self.block.reset();
    }

    /// Separates the next block from the one before: the vocals before the jump end there, and those after it do not depend
    /// on what was before. Real-time safe.
    pub(crate) fn jump(&mut self) {
        self.begin_generation(true);
    }

    /// Processes a block, of which the main output contains the input.
    pub(crate) fn process(&mut self, mut out: Outputs<'_, '_, '_>, controls: &MixControls) {
        let total = out.main.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let patient = self.wait.begin_block(total as f64 / self.format.rate.hz());
        self.progress.patient.store(patient, Relaxed);
        self.status.bypassed.store(controls.bypass, Relaxed);
        self.mixer.set(controls);
        for start in (0..total).step_by(MAX_FRAMES) {
            let frames = MAX_FRAMES.min(total - start);
            let due = self.position as i64 - self.latency as i64;
            self.push(out.main, start, frames);
            for (delay, channel) in self.delays.iter_mut().zip(out.main.iter_mut()) {
                delay.process(&mut channel[start..start + frames]);
            }
            let end = due + frames as i64;
            if patient && end > self.start as i64 {
                // Vocals need no samples after these, unless a resampler buffers more than it declares.
                let (progress, pushed) = (&self.progress, self.pushed);
                let complete = || progress.processed.load(Acquire) >= pushed;
                let separated = || progress.separated.load(Acquire) >= end as u64;
                self.wait.wait(&self.status, progress, || separated() || complete());
            }
            self.take_vocals(due, frames, !patient);
            self.mixer.mix(&mut out, (start, frames), &self.block, &self.status);
            self.progress.due.store(end, Release);
        }
        add(&self.status.late_samples, self.vocals.take_late());
    }

    fn begin_generation(&mut self, flush: bool) {
        self.generation = self.generation.wrapping_add(1);
        add(&self.status.generations, 1);
        let flush = flush && self.pending.is_none_or(|mark| mark.flush);
        let (pushed, position, generation) = (self.pushed, self.position, self.generation);
        self.pending = Some(InputMark { pushed, position, generation, flush });
        self.gap = false;
        self.send_mark();
    }

    /// Sends the pending mark. Returns whether no mark is pending.
    fn send_mark(&mut self) -> bool {
        if let Some(mark) = self.pending
            && self.marks.try_push(mark).is_ok()
        {
            self.pending = None;
        }
        self.pending.is_none()
    }

    /// Sends samples of the input to the worker thread. Without room for all of them they are dropped and counted; later
    /// ones are then dropped until half of the ring is free, because one long gap is better than many short ones.
    fn push(&mut self, main: &mut [&mut [f32]], start: usize, frames: usize) {
        let channels = self.format.channels;
        let mut invalid = 0;
        for (channel, samples) in main.iter_mut().enumerate().take(channels) {
            for (index, sample) in samples[start..start + frames].iter_mut().enumerate() {
                if !sample.is_finite() {
                    *sample = 0.0;
                    invalid += 1;
                }
                self.interleaved[index * channels + channel] = *sample;
            }
        }
        add(&self.status.sanitized_samples, invalid);
        let needed = frames * channels;
        self.wait.wait(&self.status, &self.progress, || self.samples.vacant_len() >= needed);
        let free = self.samples.vacant_len();
        if self.gap && free >= self.samples.capacity().get() / 2 {
            self.begin_generation(true);
        }
        if self.gap || free < needed || !self.send_mark() {
            self.gap = true;
            add(&self.status.dropped_samples, frames as u64);
        } else {
            self.samples.push_slice(&self.interleaved[..needed]);
            self.pushed += frames as u64;
        }
        self.position += frames as u64;
    }

    /// Takes the vocals of the positions from `due` on.
    fn take_vocals(&mut self, due: i64, frames: usize, foresee: bool) {
        let mut index = 0;
        while index < frames {
            let (position, rest) = (due + index as i64, frames - index);
            if position < self.start as i64 {
                let count = rest.min((self.start as i64 - position) as usize);
                self.block.set_absent(index, count, false);
                index += count;
                continue;
            }
            let position = position as u64;
            match self.vocals.seek(position) {
                Availability::Present(consecutive) => {
                    let count = rest.min(consecutive);
                    let samples = &mut self.block.samples;
                    self.vocals.read(count, |channel, frame, sample| samples[channel][index + frame] = sample);
                    self.block.set_present(index, count, consecutive, foresee);
                    index += count;
                }
                Availability::Absent(next) => {
                    let count = next.map_or(rest, |next| rest.min((next - position) as usize));
                    self.block.set_absent(index, count, true);
                    add(&self.status.missing_samples, count as u64);
                    index += count;
                }
            }
        }
    }
}
