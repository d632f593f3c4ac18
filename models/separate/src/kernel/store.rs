//! Activations of finished sums and their places in the next planes.

use pulp::Simd;

use super::{BLOCK, Plane, Sums, blocks, blocks_mut};

/// Destination of the finished sums of a convolution.
pub(crate) trait Store {
    /// Writes the sums of `N` positions from column `col` of output row `row` on.
    fn store<S: Simd, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        sums: &Sums<S, N, V>,
        block: usize,
        place: (usize, usize),
    );
}

/// Bias of a layer and the normalization that follows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Affine {
    /// Summand of the sums.
    pub(crate) bias: Vec<f32>,
    /// Factor of the activation, for layers with a normalization.
    pub(crate) scale: Vec<f32>,
    /// Summand of the activation, for layers with a normalization.
    pub(crate) shift: Vec<f32>,
}

/// Destination of an encoder layer: sums with bias into the join, normalized and activated (LeakyReLU 0.2) into the
/// input of the next layer.
pub(crate) struct Encoder<'a> {
    /// Bias and normalization.
    pub(crate) affine: &'a Affine,
    /// Join of encoder and decoder channels; the first channels are written.
    pub(crate) join: &'a mut Plane,
    /// Input of the next encoder layer.
    pub(crate) active: &'a mut Plane,
}

impl Store for Encoder<'_> {
    #[inline(always)]
    fn store<S: Simd, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        sums: &Sums<S, N, V>,
        block: usize,
        (row, col): (usize, usize),
    ) {
        let Affine { bias, scale, shift } = self.affine;
        let [bias, scale, shift] = [bias, scale, shift].map(|values| &blocks::<S, V>(values)[block]);
        let slope = simd.splat_f32s(0.2);
        let (join_pitch, pitch) = (self.join.channels() / BLOCK, self.active.channels() / BLOCK);
        let join = &mut blocks_mut::<S, V>(self.join.row_mut(row))[col * join_pitch + block..];
        let active = &mut blocks_mut::<S, V>(self.active.row_mut(row))[col * pitch + block..];
        for (n, sums) in sums.iter().enumerate() {
            let (join, active) = (&mut join[n * join_pitch], &mut active[n * pitch]);
            for v in 0..V {
                let raw = simd.add_f32s(sums[v], bias[v]);
                let value = simd.mul_add_e_f32s(raw, scale[v], shift[v]);
                join[v] = raw;
                active[v] = simd.max_f32s(value, simd.mul_f32s(value, slope));
            }
        }
    }
}

/// Destination of the deepest encoder layer: sums with bias.
pub(crate) struct Bottom<'a> {
    /// Bias; the layer has no normalization.
    pub(crate) affine: &'a Affine,
    /// Input of the decoder.
    pub(crate) out: &'a mut Plane,
}

impl Store for Bottom<'_> {
    #[inline(always)]
    fn store<S: Simd, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        sums: &Sums<S, N, V>,
        block: usize,
        (row, col): (usize, usize),
    ) {
        let bias = &blocks::<S, V>(&self.affine.bias)[block];
        let pitch = self.out.channels() / BLOCK;
        let out = &mut blocks_mut::<S, V>(self.out.row_mut(row))[col * pitch + block..];
        for (n, sums) in sums.iter().enumerate() {
            for v in 0..V {
                out[n * pitch][v] = simd.add_f32s(sums[v], bias[v]);
            }
        }
    }
}

/// Destination of one parity of a decoder layer: activated (ReLU), normalized, and interleaved with the other parities.
pub(crate) struct Interleaved<'a> {
    /// Bias and normalization.
    pub(crate) affine: &'a Affine,
    /// Parity of the output in time and in frequency.
    pub(crate) parity: (usize, usize),
    /// Join of encoder and decoder channels.
    pub(crate) join: &'a mut Plane,
    /// First channel to write.
    pub(crate) channel: usize,
}

impl Store for Interleaved<'_> {
    #[inline(always)]
    fn store<S: Simd, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        sums: &Sums<S, N, V>,
        block: usize,
        (row, col): (usize, usize),
    ) {
        let Affine { bias, scale, shift } = self.affine;
        let [bias, scale, shift] = [bias, scale, shift].map(|values| &blocks::<S, V>(values)[block]);
        let pitch = self.join.channels() / BLOCK;
        let first = (2 * col + self.parity.1) * pitch + self.channel / BLOCK + block;
        let join = &mut blocks_mut::<S, V>(self.join.row_mut(2 * row + self.parity.0))[first..];
        for (n, sums) in sums.iter().enumerate() {
            let join = &mut join[2 * n * pitch];
            for v in 0..V {
                let value = simd.max_f32s(simd.add_f32s(sums[v], bias[v]), simd.splat_f32s(0.0));
                join[v] = simd.mul_add_e_f32s(value, scale[v], shift[v]);
            }
        }
    }
}

/// Destination of the last decoder layer: one channel, activated (ReLU) and normalized, 4 rows by 4 columns per block.
pub(crate) struct Single<'a> {
    /// Bias and normalization, for each lane of the block.
    pub(crate) affine: &'a Affine,
    /// Plane of one channel.
    pub(crate) out: &'a mut Plane,
}

impl Store for Single<'_> {
    #[inline(always)]
    fn store<S: Simd, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        sums: &Sums<S, N, V>,
        block: usize,
        (row, col): (usize, usize),
    ) {
        let Affine { bias, scale, shift } = self.affine;
        let [bias, scale, shift] = [bias, scale, shift].map(|values| &blocks::<S, V>(values)[block]);
        let mut values = [[0.0; BLOCK]; N];
        for (sums, values) in sums.iter().zip(&mut values) {
            let out = &mut blocks_mut::<S, V>(values)[0];
            for v in 0..V {
                let value = simd.max_f32s(simd.add_f32s(sums[v], bias[v]), simd.splat_f32s(0.0));
                out[v] = simd.mul_add_e_f32s(value, scale[v], shift[v]);
            }
        }
        for line in 0..4 {
            let out = self.out.row_mut(4 * row + line)[4 * col..].as_chunks_mut::<4>().0;
            for (out, values) in out.iter_mut().zip(&values) {
                *out = values.as_chunks::<4>().0[line];
            }
        }
    }
}
