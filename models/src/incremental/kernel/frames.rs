//! Convolution over time alone, from all channels of a layer to all channels of the next.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

mod spread;

use super::{BLOCK, Sums, Tiles, blocks, blocks_mut, padded};

/// A convolution's weights, packed for [`FrameKernel::add`].
#[derive(Debug)]
pub(in super::super) struct FrameKernel {
    arch: Arch,
    /// Frames that it spans.
    taps: usize,
    /// Channels that it takes.
    inputs: usize,
    blocks: usize,
    /// `[block][tap][input][lane]`.
    weights: Vec<f32>,
}

impl FrameKernel {
    /// Packs `weight(output, input, tap)`.
    pub(in super::super) fn new(
        (outputs, inputs, taps): (usize, usize, usize),
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let blocks = padded(outputs) / BLOCK;
        let mut weights = vec![0.0; blocks * taps * inputs * BLOCK];
        for output in 0..outputs {
            let (block, lane) = (output / BLOCK, output % BLOCK);
            for tap in 0..taps {
                for input in 0..inputs {
                    weights[((block * taps + tap) * inputs + input) * BLOCK + lane] = weight(output, input, tap);
                }
            }
        }
        Self { arch: Arch::new(), taps, inputs, blocks, weights }
    }

    /// Frames that it spans.
    pub(in super::super) fn taps(&self) -> usize {
        self.taps
    }

    /// Adds to `out`, a row for each of `frames`. Tap `k` of frame `i` meets `row(i + k)`, whose first values are the
    /// inputs.
    pub(in super::super) fn add<'a>(
        &self,
        frames: Range<usize>,
        row: impl Fn(usize) -> &'a [f32] + Copy,
        out: &mut [f32],
    ) {
        if !frames.is_empty() {
            self.arch.dispatch(Adding { kernel: self, frames, row, out });
        }
    }

    /// Adds `N` frames from `frame` on.
    #[inline(always)]
    fn add_tile<'a, S: Simd, const N: usize, const VECTORS: usize>(
        &self,
        simd: S,
        frame: usize,
        row: impl Fn(usize) -> &'a [f32],
        out: &mut [[S::f32s; VECTORS]],
    ) {
        for block in 0..self.blocks {
            let size = self.taps * self.inputs * BLOCK;
            let weights = blocks::<S, VECTORS>(&self.weights[block * size..][..size]);
            let mut sums: Sums<S::f32s, N, VECTORS> = [[simd.splat_f32s(0.0); VECTORS]; N];
            for (n, sums) in sums.iter_mut().enumerate() {
                *sums = out[n * self.blocks + block];
            }
            for (tap, weights) in weights.chunks_exact(self.inputs).enumerate() {
                let rows: [&[f32]; N] = std::array::from_fn(|n| &row(frame + n + tap)[..self.inputs]);
                for (input, weights) in weights.iter().enumerate() {
                    for (sums, row) in sums.iter_mut().zip(&rows) {
                        let value = simd.splat_f32s(row[input]);
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum = simd.mul_add_e_f32s(value, *weight, *sum);
                        }
                    }
                }
            }
            for (n, sums) in sums.iter().enumerate() {
                out[n * self.blocks + block] = *sums;
            }
        }
    }
}

struct Adding<'k, 'o, R> {
    kernel: &'k FrameKernel,
    frames: Range<usize>,
    row: R,
    out: &'o mut [f32],
}

impl<'a, R: Fn(usize) -> &'a [f32] + Copy> WithSimd for Adding<'_, '_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.choose(simd, usize::MAX);
    }
}

impl<'a, R: Fn(usize) -> &'a [f32] + Copy> Tiles for Adding<'_, '_, R> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) {
        let Self { kernel, frames, row, out } = self;
        let mut out = blocks_mut::<S, VECTORS>(out);
        let mut frame = frames.start;
        while frame < frames.end {
            let many = frames.end - frame >= N;
            if many {
                kernel.add_tile::<S, N, VECTORS>(simd, frame, row, out);
            } else {
                kernel.add_tile::<S, 1, VECTORS>(simd, frame, row, out);
            }
            let done = if many { N } else { 1 };
            out = &mut out[done * kernel.blocks..];
            frame += done;
        }
    }
}
