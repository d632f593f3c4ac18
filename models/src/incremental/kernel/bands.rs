//! Convolution over time and frequency, fused with the maximum over frequency.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{Activation, BLOCK, Sums, Tiles, blocks, blocks_mut};

/// Positions of a tile in a block whose channels fill one vector.
const THIN_TILE: usize = 12;

/// Weights of a convolution over time and frequency, packed for [`BandKernel::start`] and [`BandKernel::resume`].
#[derive(Debug)]
pub(in super::super) struct BandKernel {
    arch: Arch,
    /// Bands of the input plane.
    bands: usize,
    /// Length of the kernel in frames.
    taps: usize,
    /// Height of the kernel in bands.
    height: usize,
    blocks: usize,
    /// Number of channels in the last block.
    last_channels: usize,
    /// `[block][tap][band][lane]`, multiplied by the sign.
    weights: Vec<f32>,
    /// Sign of each channel: -1 where the activation falls with the sum, so that the maximum of the activation is the
    /// maximum of the negated sum.
    sign: Vec<f32>,
    activation: Activation,
}

/// Column to compute at once, from its last tap to its first.
#[derive(Debug, Clone)]
pub(in super::super) struct Start {
    /// Position of tap 0 in frames of the plane. It may precede the plane if no cut includes it.
    pub(in super::super) origin: isize,
    /// Range in the `cuts` of the call.
    pub(in super::super) cuts: Range<usize>,
}

/// Partial column: the maximum over the sums from the last tap down to `from_tap`.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Cut {
    /// First included tap.
    pub(in super::super) from_tap: usize,
    /// Row of the output to write.
    pub(in super::super) to: usize,
}

/// Column to continue, from its first tap to its last, as frames are received.
#[derive(Debug, Clone)]
pub(in super::super) struct Continue {
    /// Position of tap 0 in frames of the plane.
    pub(in super::super) origin: isize,
    /// Taps to add.
    pub(in super::super) taps: Range<usize>,
    /// Index of the sums to which the taps are added; the sums start at 0 if `taps` includes tap 0.
    pub(in super::super) sums: usize,
    /// Row of the output to write.
    pub(in super::super) to: usize,
}

impl BandKernel {
    /// Packs `weights` (`[channel][tap][band]`) for a plane of `bands` bands. Allocates.
    pub(in super::super) fn new(
        weights: &[f32],
        (taps, height): (usize, usize),
        activation: &Activation,
        bands: usize,
    ) -> Self {
        let size = taps * height;
        let last_channels = (activation.scale.len() + BLOCK - 1) % BLOCK + 1;
        let activation = activation.pad();
        let sign: Vec<f32> = activation.scale.iter().map(|&scale| if scale < 0.0 { -1.0 } else { 1.0 }).collect();
        let blocks = sign.len() / BLOCK;
        let mut packed = vec![0.0; blocks * size * BLOCK];
        for (channel, weights) in weights.chunks_exact(size).enumerate() {
            let (block, lane) = (channel / BLOCK, channel % BLOCK);
            for (place, weight) in weights.iter().enumerate() {
                packed[(block * size + place) * BLOCK + lane] = weight * sign[channel];
            }
        }
        Self { arch: Arch::new(), bands, taps, height, blocks, last_channels, weights: packed, sign, activation }
    }

    /// Returns the number of values in a row of the output: the channels, rounded up to whole blocks.
    pub(in super::super) fn width(&self) -> usize {
        self.blocks * BLOCK
    }

    /// Returns the number of values of the sums of one column.
    pub(in super::super) fn sums_len(&self) -> usize {
        // Every tile has separate sums, and the tile size depends on the vector width.
        let most_places = [THIN_TILE, 6, 4].map(|n| self.places().next_multiple_of(n)).into_iter().max();
        self.width() * most_places.unwrap_or(0)
    }

    /// Computes columns at once.
    pub(in super::super) fn start(&self, plane: &[f32], columns: &[Start], cuts: &[Cut], out: &mut [f32]) {
        if !columns.is_empty() {
            self.arch.dispatch(NewColumn { kernel: self, plane, columns, cuts, out });
        }
    }

    /// Continues columns by further taps.
    pub(in super::super) fn resume(&self, plane: &[f32], columns: &[Continue], sums: &mut [f32], out: &mut [f32]) {
        if !columns.is_empty() {
            self.arch.dispatch(ResumeColumn { kernel: self, plane, columns, sums, out });
        }
    }

    /// Returns the number of positions over frequency.
    fn places(&self) -> usize {
        self.bands - self.height + 1
    }

    /// Returns the number of blocks that are not thin. The last block is thin if its channels fill one of several vectors and
    /// there are enough positions for its tiles: then the other vectors are left out.
    #[inline(always)]
    fn whole_blocks<S: Simd, const VECTORS: usize>(&self) -> usize {
        let is_thin = VECTORS > 1 && self.last_channels <= S::F32_LANES && self.places() >= THIN_TILE;
        self.blocks - usize::from(is_thin)
    }

    /// Returns the weights of a block, ordered by tap.
    #[inline(always)]
    fn block<S: Simd, const VECTORS: usize>(&self, block: usize) -> &[[S::f32s; VECTORS]] {
        let size = self.taps * self.height * BLOCK;
        blocks::<S, VECTORS>(&self.weights[block * size..][..size])
    }

    /// Adds taps at `N` positions from `place` on, for the first `USED` vectors of a block; `rows` starts at the frame of the
    /// first tap.
    #[inline(always)]
    fn add<S: Simd, const N: usize, const VECTORS: usize, const USED: usize>(
        &self,
        simd: S,
        sums: &mut Sums<S::f32s, N, USED>,
        rows: &[f32],
        place: usize,
        weights: &[[S::f32s; VECTORS]],
    ) {
        let rows = rows.chunks_exact(self.bands);
        if self.height == 1 {
            for (row, weights) in rows.zip(weights) {
                add_place(simd, sums, &row[place..][..N], weights);
            }
        } else {
            for (row, weights) in rows.zip(weights.chunks_exact(self.height)) {
                let row = &row[place..][..self.height + N - 1];
                for (values, weights) in row.windows(N).zip(weights) {
                    add_place(simd, sums, values, weights);
                }
            }
        }
    }

    /// Applies the activation to the maximum over frequency.
    #[inline(always)]
    fn activate<S: Simd, const VECTORS: usize>(&self, simd: S, block: usize, most: &mut [S::f32s; VECTORS]) {
        let Activation { bias, scale, shift } = &self.activation;
        let [sign, bias, scale, shift] =
            [&self.sign, bias, scale, shift].map(|values| blocks::<S, VECTORS>(values)[block]);
        for (vector, most) in most.iter_mut().enumerate() {
            let sum = simd.add_f32s(simd.mul_f32s(*most, sign[vector]), bias[vector]);
            let relu = simd.max_f32s(sum, simd.splat_f32s(0.0));
            *most = simd.add_f32s(simd.mul_f32s(relu, scale[vector]), shift[vector]);
        }
    }
}

/// Adds one tap and band at `N` positions.
#[inline(always)]
fn add_place<S: Simd, const N: usize, const VECTORS: usize, const USED: usize>(
    simd: S,
    sums: &mut Sums<S::f32s, N, USED>,
    values: &[f32],
    weights: &[S::f32s; VECTORS],
) {
    for (sums, value) in sums.iter_mut().zip(values) {
        let value = simd.splat_f32s(*value);
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum = simd.mul_add_e_f32s(value, *weight, *sum);
        }
    }
}

/// Returns the maximum of `most` and the sums of all positions.
#[inline(always)]
fn most<S: Simd, const N: usize, const VECTORS: usize, const USED: usize>(
    simd: S,
    sums: &Sums<S::f32s, N, USED>,
    mut most: [S::f32s; VECTORS],
) -> [S::f32s; VECTORS] {
    for sums in sums {
        for (most, sum) in most.iter_mut().zip(sums) {
            *most = simd.max_f32s(*most, *sum);
        }
    }
    most
}

/// Iterates over the first positions of the tiles. The last tile overlaps the one before, which does not change a
/// maximum.
#[inline(always)]
fn tiles_of(places: usize, n: usize) -> impl Iterator<Item = usize> {
    (0..places).step_by(n).map(move |place| place.min(places - n))
}

/// Computation of new columns, dispatched by vector width.
struct NewColumn<'a> {
    kernel: &'a BandKernel,
    plane: &'a [f32],
    columns: &'a [Start],
    cuts: &'a [Cut],
    out: &'a mut [f32],
}

impl WithSimd for NewColumn<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let places = self.kernel.places();
        self.choose(simd, places);
    }
}

impl Tiles for NewColumn<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(mut self, simd: S) {
        let whole = self.kernel.whole_blocks::<S, VECTORS>();
        self.blocks::<S, N, VECTORS, VECTORS>(simd, 0..whole);
        self.blocks::<S, THIN_TILE, VECTORS, 1>(simd, whole..self.kernel.blocks);
    }
}

impl NewColumn<'_> {
    /// Computes the first `USED` vectors of blocks.
    #[inline(always)]
    fn blocks<S: Simd, const N: usize, const VECTORS: usize, const USED: usize>(
        &mut self,
        simd: S,
        range: Range<usize>,
    ) {
        let Self { kernel, plane, columns, cuts, out } = self;
        let out = blocks_mut::<S, VECTORS>(out);
        let lowest = [simd.splat_f32s(f32::MIN); VECTORS];
        for block in range {
            let weights = kernel.block::<S, VECTORS>(block);
            for column in *columns {
                let cuts = &cuts[column.cuts.clone()];
                for cut in cuts {
                    out[cut.to * kernel.blocks + block] = lowest;
                }
                for place in tiles_of(kernel.places(), N) {
                    let mut sums = [[simd.splat_f32s(0.0); USED]; N];
                    let mut end_tap = kernel.taps;
                    for cut in cuts {
                        let row = (column.origin + cut.from_tap as isize) as usize;
                        let rows = &plane[row * kernel.bands..][..(end_tap - cut.from_tap) * kernel.bands];
                        let weights = &weights[cut.from_tap * kernel.height..];
                        kernel.add(simd, &mut sums, rows, place, weights);
                        let out = &mut out[cut.to * kernel.blocks + block];
                        *out = most(simd, &sums, *out);
                        end_tap = cut.from_tap;
                    }
                }
                for cut in cuts {
                    kernel.activate(simd, block, &mut out[cut.to * kernel.blocks + block]);
                }
            }
        }
    }
}

/// Continuation of columns from partial sums, dispatched by vector width.
struct ResumeColumn<'a> {
    kernel: &'a BandKernel,
    plane: &'a [f32],
    columns: &'a [Continue],
    sums: &'a mut [f32],
    out: &'a mut [f32],
}

impl WithSimd for ResumeColumn<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let places = self.kernel.places();
        self.choose(simd, places);
    }
}

impl Tiles for ResumeColumn<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(mut self, simd: S) {
        let whole = self.kernel.whole_blocks::<S, VECTORS>();
        let block_len = self.kernel.places().next_multiple_of(N) * VECTORS;
        self.blocks::<S, N, VECTORS, VECTORS>(simd, 0..whole, block_len);
        self.blocks::<S, THIN_TILE, VECTORS, 1>(simd, whole..self.kernel.blocks, block_len);
    }
}

impl ResumeColumn<'_> {
    /// Continues the first `USED` vectors of blocks. The sums of a whole block have `block_len` vectors.
    #[inline(always)]
    fn blocks<S: Simd, const N: usize, const VECTORS: usize, const USED: usize>(
        &mut self,
        simd: S,
        range: Range<usize>,
        block_len: usize,
    ) {
        let Self { kernel, plane, columns, sums: kept, out } = self;
        let out = blocks_mut::<S, VECTORS>(out);
        for block in range {
            let weights = kernel.block::<S, VECTORS>(block);
            for column in *columns {
                let taps = column.taps.clone();
                let row = (column.origin + taps.start as isize) as usize;
                let rows = &plane[row * kernel.bands..][..taps.len() * kernel.bands];
                let weights = &weights[taps.start * kernel.height..];
                let kept = &mut kept[column.sums * kernel.sums_len()..][..kernel.sums_len()];
                let (kept, _) = S::as_mut_simd_f32s(kept).0[block * block_len..].as_chunks_mut::<USED>();
                let (kept, _) = kept.as_chunks_mut::<N>();
                let mut most_yet = [simd.splat_f32s(f32::MIN); VECTORS];
                for (place, kept) in tiles_of(kernel.places(), N).zip(kept) {
                    let mut sums = if taps.start == 0 { [[simd.splat_f32s(0.0); USED]; N] } else { *kept };
                    kernel.add(simd, &mut sums, rows, place, weights);
                    *kept = sums;
                    most_yet = most(simd, &sums, most_yet);
                }
                kernel.activate(simd, block, &mut most_yet);
                out[column.to * kernel.blocks + block] = most_yet;
            }
        }
    }
}
