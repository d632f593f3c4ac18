//! Convolution over time and frequency, from all channels of a layer to all channels of the next.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{Activation, BLOCK, Sums, Tiles, blocks, blocks_mut, padded};

/// Number of inputs in a step of the innermost loop; the inputs are whole blocks, so no step is incomplete.
const GROUP: usize = 4;

/// Weights of a convolution from all channels to all channels, packed for [`GridKernel::run`].
#[derive(Debug)]
pub(in super::super) struct GridKernel {
    arch: Arch,
    /// Number of input channels, rounded up to whole blocks.
    inputs: usize,
    taps: usize,
    height: usize,
    blocks: usize,
    /// `[block][tap][band][input][lane]`.
    weights: Vec<f32>,
    activation: Activation,
}

/// Places at which a [`GridKernel`] runs.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct GridPlaces {
    /// Number of values in a column of the input.
    pub(in super::super) column: usize,
    /// Number of places in a column of the output, and the bands between two of them.
    pub(in super::super) places: usize,
    pub(in super::super) step: usize,
    /// Number of columns of the input that are zeros, before the first one that is not. Their taps are left out, which
    /// does not change a sum.
    pub(in super::super) zeros: usize,
}

impl GridKernel {
    /// Packs `weights` (`[output][input][tap][band]`). Allocates.
    pub(in super::super) fn new(
        weights: &[f32],
        inputs: usize,
        [taps, height]: [usize; 2],
        activation: &Activation,
    ) -> Self {
        let (size, blocks) = (taps * height, padded(activation.bias.len()) / BLOCK);
        let outputs = weights.chunks_exact(inputs * size);
        let inputs = padded(inputs);
        let mut packed = vec![0.0; blocks * size * inputs * BLOCK];
        for (output, weights) in outputs.enumerate() {
            let (block, lane) = (output / BLOCK, output % BLOCK);
            for (input, weights) in weights.chunks_exact(size).enumerate() {
                for (place, weight) in weights.iter().enumerate() {
                    packed[((block * size + place) * inputs + input) * BLOCK + lane] = *weight;
                }
            }
        }
        Self { arch: Arch::new(), inputs, taps, height, blocks, weights: packed, activation: activation.pad() }
    }

    /// Returns the number of values at a place of the output: the channels, rounded up to whole blocks.
    pub(in super::super) fn width(&self) -> usize {
        self.blocks * BLOCK
    }

    /// Computes as many columns as `out` has room for, `[column][place][channel]`, from `[column][band][channel]`; both
    /// inputs start at the first tap of the first column.
    pub(in super::super) fn run(&self, input: &[f32], places: GridPlaces, out: &mut [f32]) {
        if !out.is_empty() {
            self.arch.dispatch(GridOutput { kernel: self, input, places, out });
        }
    }

    /// Sums the taps at `N` places, whose inputs start at `offsets`.
    #[inline(always)]
    fn sum<S: Simd, const N: usize, const VECTORS: usize>(
        &self,
        simd: S,
        (input, column): (&[f32], usize),
        offsets: [usize; N],
        (taps, weights): (Range<usize>, &[[S::f32s; VECTORS]]),
    ) -> Sums<S::f32s, N, VECTORS> {
        let mut sums: Sums<S::f32s, N, VECTORS> = [[simd.splat_f32s(0.0); VECTORS]; N];
        // The bands of a tap are consecutive, and so are the channels of a band.
        let len = self.height * self.inputs;
        for tap in taps {
            let weights = &weights[tap * len..][..len];
            let rows: [&[[f32; GROUP]]; N] =
                std::array::from_fn(|n| input[offsets[n] + tap * column..][..len].as_chunks().0);
            for (i, weights) in weights.as_chunks::<GROUP>().0.iter().enumerate() {
                for (lane, weights) in weights.iter().enumerate() {
                    for (sums, row) in sums.iter_mut().zip(&rows) {
                        let value = simd.splat_f32s(row[i][lane]);
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum = simd.mul_add_e_f32s(value, *weight, *sum);
                        }
                    }
                }
            }
        }
        sums
    }
}

/// Convolution of columns, dispatched by vector width.
struct GridOutput<'a> {
    kernel: &'a GridKernel,
    input: &'a [f32],
    places: GridPlaces,
    out: &'a mut [f32],
}

impl WithSimd for GridOutput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.choose(simd, usize::MAX);
    }
}

impl Tiles for GridOutput<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) {
        let Self { kernel, input, places: GridPlaces { column, places, step, zeros }, out } = self;
        let out = blocks_mut::<S, VECTORS>(out);
        let count = out.len() / kernel.blocks;
        for block in 0..kernel.blocks {
            let size = kernel.taps * kernel.height * kernel.inputs * BLOCK;
            let weights = blocks::<S, VECTORS>(&kernel.weights[block * size..][..size]);
            let activation = kernel.activation.block::<S, VECTORS>(block);
            // Places of several columns share a tile, and the last tile repeats the last place: every sum has the same
            // order in any tile.
            for first in (0..count).step_by(N) {
                let place = |n: usize| (first + n).min(count - 1);
                let offsets =
                    std::array::from_fn(|n| place(n) / places * column + place(n) % places * step * kernel.inputs);
                let first_tap = zeros.saturating_sub(place(N - 1) / places).min(kernel.taps);
                let sums =
                    kernel.sum::<S, N, VECTORS>(simd, (input, column), offsets, (first_tap..kernel.taps, weights));
                for (n, sums) in sums.iter().enumerate() {
                    out[place(n) * kernel.blocks + block] = activation.apply(simd, sums);
                }
            }
        }
    }
}
