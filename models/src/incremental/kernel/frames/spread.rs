//! A convolution over time from the side of its inputs: what each row adds to the sums around it.

use pulp::{Simd, WithSimd};

use super::super::{BLOCK, blocks, blocks_mut};
use super::FrameKernel;

impl FrameKernel {
    /// Writes what each of `rows`, whose first values are the inputs, adds to the sums around it:
    /// `[row][block][tap][lane]`. With one tap, that is a dense layer without its bias.
    pub(in super::super::super) fn spread(&self, rows: &[f32], out: &mut [f32]) {
        let tiles = self.weights.len() / (self.inputs * BLOCK);
        let count = out.len() / (tiles * BLOCK);
        if let Some(width) = rows.len().checked_div(count) {
            self.arch.dispatch(Spreading { kernel: self, width, tiles, count, rows, out });
        }
    }
}

struct Spreading<'a> {
    kernel: &'a FrameKernel,
    /// Values of a row.
    width: usize,
    /// Blocks times taps.
    tiles: usize,
    /// How many rows.
    count: usize,
    rows: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Spreading<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.run::<S, 2, 4, 6, 12, 1>(simd),
            8 => self.run::<S, 1, 2, 3, 6, 2>(simd),
            4 => self.run::<S, 1, 1, 1, 2, 4>(simd),
            _ => self.run::<S, 1, 1, 1, 1, BLOCK>(simd),
        }
    }
}

impl Spreading<'_> {
    /// Takes six rows at a time while there are, then three, two, one. The fewer they are, the more inputs (`K6` to `K1`)
    /// have sums of their own: a sum by itself would wait for its last addition.
    #[inline(always)]
    fn run<S: Simd, const K6: usize, const K3: usize, const K2: usize, const K1: usize, const VECTORS: usize>(
        mut self,
        simd: S,
    ) {
        for tile in 0..self.tiles {
            let mut row = 0;
            while row < self.count {
                row += match self.count - row {
                    6.. => self.add::<S, 6, K6, VECTORS>(simd, tile, row),
                    3.. => self.add::<S, 3, K3, VECTORS>(simd, tile, row),
                    2 => self.add::<S, 2, K2, VECTORS>(simd, tile, row),
                    _ => self.add::<S, 1, K1, VECTORS>(simd, tile, row),
                };
            }
        }
    }

    /// Sums up a tile of `N` rows from `row` on, and says how many they are.
    #[inline(always)]
    fn add<S: Simd, const N: usize, const K: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        tile: usize,
        row: usize,
    ) -> usize {
        let inputs = self.kernel.inputs;
        let weights = &self.kernel.weights[tile * inputs * BLOCK..][..inputs * BLOCK];
        let (weights, last_weights) = blocks::<S, VECTORS>(weights).as_chunks::<K>();
        let rows: [_; N] = std::array::from_fn(|n| self.rows[(row + n) * self.width..][..inputs].as_chunks::<K>());
        let mut sums = [[[simd.splat_f32s(0.0); VECTORS]; K]; N];
        for (i, weights) in weights.iter().enumerate() {
            for (sums, (values, _)) in sums.iter_mut().zip(&rows) {
                for ((sums, value), weights) in sums.iter_mut().zip(&values[i]).zip(weights) {
                    let value = simd.splat_f32s(*value);
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = simd.mul_add_e_f32s(value, *weight, *sum);
                    }
                }
            }
        }
        let out = blocks_mut::<S, VECTORS>(self.out);
        for (n, (sums, (_, values))) in sums.into_iter().zip(rows).enumerate() {
            let mut total = sums[0];
            for sums in &sums[1..] {
                for (total, sum) in total.iter_mut().zip(sums) {
                    *total = simd.add_f32s(*total, *sum);
                }
            }
            for (value, weights) in values.iter().zip(last_weights) {
                let value = simd.splat_f32s(*value);
                for (total, weight) in total.iter_mut().zip(weights) {
                    *total = simd.mul_add_e_f32s(value, *weight, *total);
                }
            }
            out[(row + n) * self.tiles + tile] = total;
        }
        N
    }
}
