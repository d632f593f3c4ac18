//! Last convolution, sigmoid, and product with the mix.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::Plane;
use super::sigmoid::sigmoid;

/// Number of zero columns on each side of the input of the last convolution.
pub(crate) const LAST_PAD: usize = 3;

/// Weights and bias of the last convolution, by output: `[time][frequency]`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LastWeights {
    pub(crate) taps: [[[f32; 4]; 4]; 2],
    pub(crate) bias: [f32; 2],
}

/// Last convolution (4x4, dilation 2, one channel to two) of a range of frames, its sigmoid, and the product with the
/// mix.
pub(crate) struct Last<'a> {
    /// Weights and bias.
    pub(crate) weights: &'a LastWeights,
    /// Input of one channel with [`LAST_PAD`] zero columns on both sides.
    pub(crate) input: &'a Plane,
    /// Magnitudes of the mix: `[output][frame][bin]`.
    pub(crate) mix: &'a [f32],
    /// Number of bins, a multiple of the vector width.
    pub(crate) bins: usize,
    /// Frames to compute.
    pub(crate) wanted: Range<usize>,
    /// Magnitudes of the stem: `[output][wanted frame][bin]`.
    pub(crate) out: &'a mut [f32],
}

impl WithSimd for Last<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weights, input, mix, bins, wanted, out } = self;
        let frames = input.rows();
        let (left, right) = out.split_at_mut(wanted.len() * bins);
        let outs = left.chunks_exact_mut(bins).zip(right.chunks_exact_mut(bins));
        for (frame, (left, right)) in wanted.zip(outs) {
            // Input row of tap `k`: `frame + 2 * k - 3`.
            let first = LAST_PAD.saturating_sub(frame).div_ceil(2);
            let taps = first..4.min((frames + LAST_PAD - frame).div_ceil(2));
            let mixes = [0, frames].map(|first| S::as_simd_f32s(&mix[(first + frame) * bins..][..bins]).0);
            let (left, _) = S::as_mut_simd_f32s(left);
            let (right, _) = S::as_mut_simd_f32s(right);
            for (index, (left, right)) in left.iter_mut().zip(right).enumerate() {
                let mut sums = weights.bias.map(|bias| simd.splat_f32s(bias));
                for tap in taps.clone() {
                    let row = &input.row(frame + 2 * tap - LAST_PAD)[index * S::F32_LANES..];
                    for col in 0..4 {
                        let values = S::as_simd_f32s(&row[2 * col..][..S::F32_LANES]).0[0];
                        for (sum, taps) in sums.iter_mut().zip(&weights.taps) {
                            *sum = simd.mul_add_e_f32s(simd.splat_f32s(taps[tap][col]), values, *sum);
                        }
                    }
                }
                *left = simd.mul_f32s(sigmoid(simd, sums[0]), mixes[0][index]);
                *right = simd.mul_f32s(sigmoid(simd, sums[1]), mixes[1][index]);
            }
        }
    }
}
