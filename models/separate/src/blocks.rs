//! Separation in blocks of many frames, for files: blocks overlap by guard frames, and seams are cross-faded.

use std::collections::VecDeque;

use crate::SeparateError;
use crate::level::{SILENCE_DBFS, decibels};
use crate::mask::{MaskExtension, Masks};
use crate::network::{BINS, CHANNELS};
use crate::runs::Runs;
use crate::spectra::{FramePool, FrameSpectra};

/// Sizes of the blocks in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockLayout {
    /// Length of a block, a multiple of 64.
    pub(crate) frames: usize,
    /// Frames at each end of a block whose masks are not used.
    pub(crate) guard: usize,
    /// Frames around each seam over which the outputs of both blocks are cross-faded; at most twice the guard.
    pub(crate) fade: usize,
    /// Whether silent blocks are not separated.
    pub(crate) skip_silence: bool,
}

impl BlockLayout {
    /// Blocks of the reference: no guard frames.
    pub(crate) const REFERENCE: Self = Self { frames: 512, guard: 0, fade: 0, skip_silence: false };
    /// Blocks without seams.
    pub(crate) const GUARDED: Self = Self { frames: 512, guard: 64, fade: 32, skip_silence: true };

    fn hop(&self) -> usize {
        self.frames - 2 * self.guard
    }

    /// Number of frames from a frame to the last frame that its masks depend on, at most.
    pub(crate) fn look_ahead(&self) -> usize {
        self.frames - self.guard + self.fade / 2
    }
}

/// Separator of frames in blocks.
pub(crate) struct Blocks {
    layout: BlockLayout,
    runs: Runs,
    gain: f32,
    extension: MaskExtension,
    residual: usize,
    /// Frames of the next block, from its first to the newest.
    frames: VecDeque<FrameSpectra>,
    pool: FramePool,
    /// Number of finished blocks.
    block: usize,
    /// Number of emitted frames.
    emitted: usize,
    mix: Vec<f32>,
    /// Outputs of the last block for the frames of the fade: `[stem][channel][frame][bin]`.
    tails: Vec<Vec<f32>>,
    masks: Masks,
}

impl Blocks {
    pub(crate) fn new(
        layout: BlockLayout,
        runs: Runs,
        (stems, residual): (usize, usize),
        (gain, extension): (f32, MaskExtension),
        channels: usize,
    ) -> Self {
        let mut blocks = Self {
            mix: vec![0.0; CHANNELS * layout.frames * BINS],
            layout,
            runs,
            gain,
            extension,
            residual,
            frames: VecDeque::new(),
            pool: FramePool::new(channels),
            block: 0,
            emitted: 0,
            tails: Vec::new(),
            masks: Masks::new(stems, channels),
        };
        blocks.reset();
        blocks
    }

    /// Adds a frame. `emit` receives frames with their masks in order, as soon as a block is complete.
    pub(crate) fn push(
        &mut self,
        fill: impl FnOnce(&mut FrameSpectra),
        emit: &mut impl FnMut(&FrameSpectra, &Masks),
    ) -> Result<(), SeparateError> {
        let mut frame = self.pool.take();
        fill(&mut frame);
        self.frames.push_back(frame);
        if self.frames.len() == self.layout.frames {
            self.run_block(self.layout.frames, false, emit)?;
        }
        Ok(())
    }

    /// Emits all remaining frames, then resets.
    pub(crate) fn flush(&mut self, emit: &mut impl FnMut(&FrameSpectra, &Masks)) -> Result<(), SeparateError> {
        let total = (self.first_frame() + self.frames.len() as isize).max(0) as usize;
        while self.emitted < total {
            let real = self.frames.len();
            while self.frames.len() < self.layout.frames {
                self.frames.push_back(self.pool.take_silent());
            }
            self.run_block(real, true, emit)?;
        }
        self.reset();
        Ok(())
    }

    /// Discards all frames: the next one is frame 0.
    pub(crate) fn reset(&mut self) {
        self.pool.recycle(self.frames.drain(..));
        (self.block, self.emitted) = (0, 0);
        self.tails.clear();
        for _ in 0..self.layout.guard {
            self.frames.push_back(self.pool.take_silent());
        }
    }

    /// Maximum number of frames from a frame to the one that completes its block.
    pub(crate) fn look_ahead(&self) -> usize {
        self.layout.look_ahead()
    }

    /// Position of the first frame of the next block.
    fn first_frame(&self) -> isize {
        (self.block * self.layout.hop()) as isize - self.layout.guard as isize
    }

    /// Separates one block, of which `real` frames are of the stream, and emits the frames whose masks are final.
    fn run_block(
        &mut self,
        real: usize,
        ending: bool,
        emit: &mut impl FnMut(&FrameSpectra, &Masks),
    ) -> Result<(), SeparateError> {
        let BlockLayout { frames, guard, fade, skip_silence } = self.layout;
        let half = fade / 2;
        let wanted = guard.saturating_sub(half)..(frames - guard + half).min(frames);
        let silent = skip_silence && self.frames.iter().all(|frame| decibels(frame.power()) < SILENCE_DBFS);
        if !silent {
            for (channel, plane) in self.mix.chunks_exact_mut(frames * BINS).enumerate() {
                for (frame, row) in self.frames.iter().zip(plane.chunks_exact_mut(BINS)) {
                    frame.write_magnitudes(channel, self.gain, row);
                }
            }
            self.runs.run(&self.mix, frames, wanted.clone())?;
            self.cross_fade(wanted.len());
        } else {
            self.tails.clear();
        }
        let first = self.first_frame();
        let last_block = ending && real <= frames - guard;
        let end = if last_block { real } else { (frames - guard - half).min(real) };
        while first + (end as isize) > self.emitted as isize {
            let local = (self.emitted as isize - first) as usize;
            let frame = &self.frames[local];
            if silent {
                self.masks.set_residual(self.residual);
            } else {
                let index = local - wanted.start;
                self.runs.masks(index, wanted.len(), frame, self.gain, self.extension, &mut self.masks);
            }
            emit(frame, &self.masks);
            self.emitted += 1;
        }
        self.keep_tails(silent, wanted.len());
        self.block += 1;
        // In an ending stream the frames after the last real one stay absent from the queue.
        self.pool.recycle(self.frames.drain(real..));
        self.pool.recycle(self.frames.drain(..self.layout.hop().min(real)));
        Ok(())
    }

    /// Blends the first frames of the outputs with the same frames of the block before.
    fn cross_fade(&mut self, wanted: usize) {
        let fade = self.layout.fade;
        if self.tails.len() != self.runs.outputs().len() {
            return;
        }
        for (output, tail) in self.runs.outputs().iter_mut().zip(&self.tails) {
            for (plane, old) in output.chunks_exact_mut(wanted * BINS).zip(tail.chunks_exact(fade * BINS)) {
                for (i, (row, old)) in plane.chunks_exact_mut(BINS).zip(old.chunks_exact(BINS)).enumerate() {
                    let weight = (i as f32 + 0.5) / fade as f32;
                    row.iter_mut().zip(old).for_each(|(new, old)| *new = *old + weight * (*new - *old));
                }
            }
        }
    }

    fn keep_tails(&mut self, silent: bool, wanted: usize) {
        let fade = self.layout.fade;
        if fade == 0 || silent {
            return;
        }
        let outputs = self.runs.outputs();
        self.tails.resize_with(outputs.len(), Vec::new);
        for (tail, output) in self.tails.iter_mut().zip(outputs) {
            tail.clear();
            for plane in output.chunks_exact(wanted * BINS) {
                tail.extend_from_slice(&plane[(wanted - fade) * BINS..]);
            }
        }
    }
}
