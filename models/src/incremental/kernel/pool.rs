//! Maximum and mean over time.

use pulp::{Arch, Simd, WithSimd};

use super::{BLOCK, Tiles, blocks, blocks_mut};

/// Writes the maximum and the mean of each channel over `frames` rows, which are padded to whole blocks.
pub(in super::super) fn pool<'a>(
    frames: usize,
    row: impl Fn(usize) -> &'a [f32],
    highest: &mut [f32],
    mean: &mut [f32],
) {
    Arch::new().dispatch(Pooling { frames, row, highest, mean });
}

struct Pooling<'o, R> {
    frames: usize,
    row: R,
    highest: &'o mut [f32],
    mean: &'o mut [f32],
}

impl<'a, R: Fn(usize) -> &'a [f32]> WithSimd for Pooling<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.choose(simd, usize::MAX);
    }
}

impl<'a, R: Fn(usize) -> &'a [f32]> Tiles for Pooling<'_, R> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) {
        let Self { frames, row, highest, mean } = self;
        let share = simd.splat_f32s(1.0 / frames as f32);
        let outputs = highest.chunks_mut(BLOCK).zip(mean.chunks_mut(BLOCK));
        for (block, (highest_out, mean_out)) in outputs.enumerate() {
            let mut highest = [simd.splat_f32s(f32::MIN); VECTORS];
            let mut sum = [simd.splat_f32s(0.0); VECTORS];
            for frame in 0..frames {
                let values = &blocks::<S, VECTORS>(row(frame))[block];
                for ((highest, sum), value) in highest.iter_mut().zip(&mut sum).zip(values) {
                    *highest = simd.max_f32s(*highest, *value);
                    *sum = simd.add_f32s(*sum, *value);
                }
            }
            write::<S, VECTORS>(highest, highest_out);
            write::<S, VECTORS>(sum.map(|sum| simd.mul_f32s(sum, share)), mean_out);
        }
    }
}

/// Writes as many channels of a block as there are.
#[inline(always)]
fn write<S: Simd, const VECTORS: usize>(values: [S::f32s; VECTORS], out: &mut [f32]) {
    let mut block = [0.0; BLOCK];
    blocks_mut::<S, VECTORS>(&mut block)[0] = values;
    out.copy_from_slice(&block[..out.len()]);
}

/// Takes rows into a maximum and a sum of each channel: of each row what counts for the one, and what for the other.
pub(in super::super) fn fold(rows: (&[f32], &[f32]), highest: &mut [f32], sum: &mut [f32]) {
    if !rows.0.is_empty() {
        Arch::new().dispatch(Folding { rows, highest, sum });
    }
}

struct Folding<'a> {
    rows: (&'a [f32], &'a [f32]),
    highest: &'a mut [f32],
    sum: &'a mut [f32],
}

impl WithSimd for Folding<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.choose(simd, usize::MAX);
    }
}

impl Tiles for Folding<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) {
        let width = self.sum.len() / BLOCK;
        let [highest_rows, sum_rows] = [self.rows.0, self.rows.1].map(blocks::<S, VECTORS>);
        let outputs = blocks_mut::<S, VECTORS>(self.highest).iter_mut().zip(blocks_mut::<S, VECTORS>(self.sum));
        for (block, (highest_out, sum_out)) in outputs.enumerate() {
            let (mut highest, mut sum) = (*highest_out, *sum_out);
            for (high, value) in highest_rows.chunks_exact(width).zip(sum_rows.chunks_exact(width)) {
                for vector in 0..VECTORS {
                    highest[vector] = simd.max_f32s(highest[vector], high[block][vector]);
                    sum[vector] = simd.add_f32s(sum[vector], value[block][vector]);
                }
            }
            (*highest_out, *sum_out) = (highest, sum);
        }
    }
}
