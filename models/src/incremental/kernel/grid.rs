//! Convolution over time and frequency, from all channels of a layer to all channels of the next.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

mod cursor;

use self::cursor::PlaceCursor;
use super::{Activation, ActivationCurve, BLOCK, Sums, Tiles, blocks, blocks_mut, padded};

/// Number of inputs in a step of the innermost loop. With four, a build with link-time optimization moves sums out of registers and
/// takes twice the time.
const GROUP: usize = 2;

/// Weights of a convolution from all channels to all channels, packed for [`GridKernel::run`].
#[derive(Debug)]
pub(in super::super) struct GridKernel {
    arch: Arch,
    shape: GridShape,
    blocks: usize,
    /// `[block][tap][band][value of a row][lane]`.
    weights: Vec<f32>,
    curve: ActivationCurve,
    activation: Activation,
}

/// Shape of the convolution of a [`GridKernel`].
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct GridShape {
    /// Number of input channels.
    pub(in super::super) inputs: usize,
    /// Number of values per band of the input, at least the number of channels. The values after the channels have zero
    /// weights.
    pub(in super::super) row: usize,
    /// Length of the kernel in columns and in bands.
    pub(in super::super) taps: usize,
    pub(in super::super) height: usize,
    /// Number of columns from one tap to the next.
    pub(in super::super) dilation: usize,
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
    /// does not change a sum. It is 0 for a dilated kernel.
    pub(in super::super) zeros: usize,
}

impl GridKernel {
    /// Packs `weights` (`[output][input][tap][band]`). Allocates.
    pub(in super::super) fn new(
        weights: &[f32],
        shape: GridShape,
        curve: ActivationCurve,
        activation: &Activation,
    ) -> Self {
        let GridShape { inputs, row, taps, height, .. } = shape;
        let (places, blocks) = (taps * height, padded(activation.bias.len()) / BLOCK);
        let mut packed = vec![0.0; blocks * places * row * BLOCK];
        for (output, weights) in weights.chunks_exact(inputs * places).enumerate() {
            let (block, lane) = (output / BLOCK, output % BLOCK);
            for (input, weights) in weights.chunks_exact(places).enumerate() {
                for (place, weight) in weights.iter().enumerate() {
                    packed[((block * places + place) * row + input) * BLOCK + lane] = *weight;
                }
            }
        }
        Self { arch: Arch::new(), shape, blocks, weights: packed, curve, activation: activation.pad() }
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
        let len = self.shape.height * self.shape.row;
        for tap in taps {
            let start = tap * self.shape.dilation * column;
            let (weights, last_weights) = weights[tap * len..][..len].as_chunks::<GROUP>();
            let rows: [(&[[f32; GROUP]], &[f32]); N] =
                std::array::from_fn(|n| input[offsets[n] + start..][..len].as_chunks());
            for (i, weights) in weights.iter().enumerate() {
                for (lane, weights) in weights.iter().enumerate() {
                    add::<S, N, VECTORS>(simd, &mut sums, |n| rows[n].0[i][lane], weights);
                }
            }
            for (i, weights) in last_weights.iter().enumerate() {
                add::<S, N, VECTORS>(simd, &mut sums, |n| rows[n].1[i], weights);
            }
        }
        sums
    }
}

/// Adds one input of each place, multiplied by its weights.
#[inline(always)]
fn add<S: Simd, const N: usize, const VECTORS: usize>(
    simd: S,
    sums: &mut Sums<S::f32s, N, VECTORS>,
    value: impl Fn(usize) -> f32,
    weights: &[S::f32s; VECTORS],
) {
    for (n, sums) in sums.iter_mut().enumerate() {
        let value = simd.splat_f32s(value(n));
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum = simd.mul_add_e_f32s(value, *weight, *sum);
        }
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
        let GridShape { row, taps, height, .. } = kernel.shape;
        let out = blocks_mut::<S, VECTORS>(out);
        let count = out.len() / kernel.blocks;
        for block in 0..kernel.blocks {
            let size = taps * height * row * BLOCK;
            let weights = blocks::<S, VECTORS>(&kernel.weights[block * size..][..size]);
            let activation = kernel.activation.block::<S, VECTORS>(block);
            let mut cursor = PlaceCursor::new(count, places, column, step * row);
            // Places of several columns share a tile, and the last tile repeats the last place: every sum has the same
            // order in any tile.
            for first in (0..count).step_by(N) {
                let mut last_column = 0;
                let offsets = std::array::from_fn(|_| {
                    last_column = cursor.column();
                    cursor.next_offset()
                });
                let first_tap = zeros.saturating_sub(last_column).min(taps);
                let sums = kernel.sum::<S, N, VECTORS>(simd, (input, column), offsets, (first_tap..taps, weights));
                for (n, sums) in sums.iter().enumerate() {
                    let place = (first + n).min(count - 1);
                    out[place * kernel.blocks + block] = activation.apply(simd, kernel.curve, sums);
                }
            }
        }
    }
}
