//! Weights of a convolution, packed for [`Sweep`](super::Sweep).

use std::ops::Range;

use pulp::Simd;

use super::values::Values;
use super::{BLOCK, Plane, Sums, blocks};
use crate::weights::KernelValues;

/// Largest size in bytes of weights that stay in the second-level cache while a layer is computed.
pub(crate) const MAX_CACHED_BYTES: usize = 256 << 10;

/// Weights of a convolution over time and frequency with equal strides in both, packed by blocks of output channels.
///
/// The taps of output row `t` are the input rows from `stride * t - 1` on. Rows outside the input are left out. Columns
/// likewise start at `stride * f - 1`; there the input has zero columns.
#[derive(Debug)]
pub(crate) struct Packed {
    stride: usize,
    /// Number of taps in time.
    taps: usize,
    /// Number of values of a tap: taps in frequency times input channels.
    run: usize,
    blocks: usize,
    /// `[block][tap][tap in frequency][input][lane]`.
    weights: Values,
}

/// Part of the weights of a block: some taps in time, or some values of one tap.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Taps in time.
    pub(super) taps: Range<usize>,
    /// Values of each tap.
    pub(super) values: Range<usize>,
}

/// Shape of a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Rows of the input per row of the output, and likewise columns.
    pub(crate) stride: usize,
    /// Number of taps in time and in frequency.
    pub(crate) taps: (usize, usize),
    /// Number of input channels.
    pub(crate) inputs: usize,
    /// Number of output channels, a multiple of [`BLOCK`].
    pub(crate) outputs: usize,
}

impl Packed {
    /// Packs the weights `weight(output, input, (tap in time, tap in frequency))`. Allocates.
    pub(crate) fn new(shape: Shape, weight: impl Fn(usize, usize, (usize, usize)) -> f32) -> Self {
        let Shape { stride, taps: (taps, width), inputs, outputs } = shape;
        debug_assert!(outputs.is_multiple_of(BLOCK), "{outputs} output channels");
        let blocks = outputs / BLOCK;
        let run = width * inputs;
        let len = outputs * taps * run;
        let weights = (0..len).map(|place| {
            let (place, lane) = (place / BLOCK, place % BLOCK);
            let (block, tap, value) = (place / (taps * run), place / run % taps, place % run);
            weight(block * BLOCK + lane, value % inputs, (tap, value / inputs))
        });
        // Few weights stay in the cache.
        let few = len * size_of::<f32>() <= MAX_CACHED_BYTES;
        let weights = if few { Values::Single(weights.collect()) } else { Values::half(weights) };
        Self { stride, taps, run, blocks, weights }
    }

    /// Packs a 5x5 convolution with stride 2 from weights `[output][input][time][frequency]`. Allocates.
    pub(crate) fn strided(weights: &impl KernelValues, inputs: usize, outputs: usize) -> Self {
        let shape = Shape { stride: 2, taps: (5, 5), inputs, outputs };
        Self::new(shape, |output, input, (tap, col)| weights.value(((output * inputs + input) * 5 + tap) * 5 + col))
    }

    /// Packs the outputs of one parity in time and one in frequency of a transposed 5x5 convolution with stride 2 from
    /// weights `[input][output][time][frequency]`. Allocates.
    pub(crate) fn transposed(
        weights: &impl KernelValues,
        inputs: usize,
        outputs: usize,
        parity: (usize, usize),
    ) -> Self {
        let shape = Shape { stride: 1, taps: (2 + parity.0, 2 + parity.1), inputs, outputs };
        Self::new(shape, |output, input, (tap, col)| {
            let (tap, col) = (3 + parity.0 - 2 * tap, 3 + parity.1 - 2 * col);
            weights.value(((input * outputs + output) * 5 + tap) * 5 + col)
        })
    }

    /// Packs a transposed 5x5 convolution with stride 2 to one channel from weights `[input][time][frequency]`. The
    /// lanes of the block are 4 rows by 4 columns of the output. Allocates.
    pub(crate) fn transposed_single(weights: &impl KernelValues, inputs: usize) -> Self {
        let shape = Shape { stride: 2, taps: (4, 4), inputs, outputs: BLOCK };
        // Output `o` takes input `i` with the weight `o + 1 - 2 * i`; the first input is -1.
        let place = |output: usize, tap: usize| (output + 3).checked_sub(2 * tap).filter(|place| *place < 5);
        Self::new(shape, |output, input, (tap, col)| match (place(output / 4, tap), place(output % 4, col)) {
            (Some(tap), Some(col)) => weights.value((input * 5 + tap) * 5 + col),
            _ => 0.0,
        })
    }

    /// Returns the number of blocks of output channels.
    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// Returns the number of taps in time.
    pub(super) fn taps(&self) -> usize {
        self.taps
    }

    /// Returns the number of values of a tap.
    pub(super) fn run(&self) -> usize {
        self.run
    }

    /// Returns the size of the weights in bytes, in single precision.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks * self.taps * self.run * BLOCK * size_of::<f32>()
    }

    /// Returns the weights of a part of a block, written to `panel` if they are in half precision.
    #[inline(always)]
    pub(super) fn part<'a>(&'a self, block: usize, part: &Part, panel: &'a mut [f32]) -> &'a [f32] {
        let start = (block * self.taps + part.taps.start) * self.run + part.values.start;
        let len = part.values.len() * part.taps.len();
        self.weights.get(start * BLOCK, len * BLOCK, panel)
    }

    /// Returns the input rows of output row `row`, in taps inside the input.
    #[inline(always)]
    pub(super) fn valid(&self, row: usize, input_rows: usize) -> Range<usize> {
        let first = row * self.stride;
        1usize.saturating_sub(first)..self.taps.min((input_rows + 1).saturating_sub(first))
    }

    /// Adds a part of the taps, with the weights of [`part`](Self::part), at `N` positions from column `col` of output
    /// row `row` on. The input rows of `taps` exist.
    #[inline(always)]
    pub(super) fn add<S: Simd, const N: usize, const V: usize>(
        &self,
        simd: S,
        sums: &mut Sums<S, N, V>,
        input: &Plane,
        (part, weights): (&Part, &[f32]),
        (taps, row, col): (Range<usize>, usize, usize),
    ) {
        let pitch = self.stride * input.channels();
        let len = part.values.len();
        for tap in taps {
            let line = &input.row(row * self.stride + tap - 1)[col * pitch + part.values.start..];
            let weights = &weights[(tap - part.taps.start) * len * BLOCK..][..len * BLOCK];
            add_run(simd, sums, std::array::from_fn(|n| &line[n * pitch..]), blocks::<S, V>(weights));
        }
    }
}

/// Adds the products of the values of each position and the weights.
#[inline(always)]
fn add_run<S: Simd, const N: usize, const V: usize>(
    simd: S,
    sums: &mut Sums<S, N, V>,
    values: [&[f32]; N],
    weights: &[[S::f32s; V]],
) {
    let (values, weights) = add_chunks::<S, 8, N, V>(simd, sums, values, weights);
    add_chunks::<S, 1, N, V>(simd, sums, values, weights);
}

/// Adds the products of as many values as are whole chunks, and returns the rest. Bounds are checked once per chunk.
#[inline(always)]
fn add_chunks<'a, S: Simd, const C: usize, const N: usize, const V: usize>(
    simd: S,
    sums: &mut Sums<S, N, V>,
    values: [&'a [f32]; N],
    weights: &'a [[S::f32s; V]],
) -> ([&'a [f32]; N], &'a [[S::f32s; V]]) {
    let (chunks, rest) = weights.as_chunks::<C>();
    let value_chunks = values.map(|values| values.as_chunks::<C>().0);
    for (index, weights) in chunks.iter().enumerate() {
        let values: [&[f32; C]; N] = std::array::from_fn(|n| &value_chunks[n][index]);
        for (k, weights) in weights.iter().enumerate() {
            for (sums, values) in sums.iter_mut().zip(values) {
                let value = simd.splat_f32s(values[k]);
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum = simd.mul_add_e_f32s(value, *weight, *sum);
                }
            }
        }
    }
    (values.map(|values| &values[chunks.len() * C..]), rest)
}
