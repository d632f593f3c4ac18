//! Convolution over time and frequency, and the maximum over frequency, in one.

use pulp::{Arch, Simd, WithSimd};

use super::{Activation, BLOCK, Sums, Tiles, blocks, blocks_mut};

/// A convolution's weights, packed for [`BandKernel::start`] and [`BandKernel::go_on`].
#[derive(Debug)]
pub(in super::super) struct BandKernel {
    arch: Arch,
    /// Bands of the plane that it runs over.
    bands: usize,
    /// Frames that it spans.
    taps: usize,
    /// Bands that it spans.
    height: usize,
    blocks: usize,
    /// `[block][tap][band][lane]`, times the sign.
    weights: Vec<f32>,
    /// -1 for the channels whose maximum is wanted of falling activations, so that of the sums it is a maximum, too.
    sign: Vec<f32>,
    activation: Activation,
}

/// A column to be computed at once, from its last tap to its first.
#[derive(Debug, Clone)]
pub(in super::super) struct Start {
    /// Where tap 0 lies, in frames of the plane; it may lie before the plane, as long as no cut needs it.
    pub(in super::super) origin: isize,
    /// Where to stop on the way; `cuts` of the call.
    pub(in super::super) cuts: std::ops::Range<usize>,
}

/// A stop on the way: the maximum over what was summed from the last tap down to this one.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Cut {
    /// The first tap that counts.
    pub(in super::super) from_tap: usize,
    /// The row of the output that it is written to.
    pub(in super::super) to: usize,
}

/// A column to be computed further, from its first tap to its last, when frames have come.
#[derive(Debug, Clone)]
pub(in super::super) struct Continue {
    /// Where tap 0 lies, in frames of the plane.
    pub(in super::super) origin: isize,
    /// The taps to add.
    pub(in super::super) taps: std::ops::Range<usize>,
    /// Which sums these are added to; they start from nothing when tap 0 is among the taps.
    pub(in super::super) sums: usize,
    /// The row of the output that it is written to.
    pub(in super::super) to: usize,
}

impl BandKernel {
    /// Packs `weights` (`[channel][tap][band]`) for a plane of `bands` bands.
    pub(in super::super) fn new(
        weights: &[f32],
        (taps, height): (usize, usize),
        activation: &Activation,
        bands: usize,
    ) -> Self {
        let size = taps * height;
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
        Self { arch: Arch::new(), bands, taps, height, blocks, weights: packed, sign, activation }
    }

    /// Values in a row of the output: the channels, rounded up to whole blocks.
    pub(in super::super) fn width(&self) -> usize {
        self.blocks * BLOCK
    }

    /// How many values hold the sums of one column.
    pub(in super::super) fn sums_len(&self) -> usize {
        // Whatever the tile, every tile of places has sums of its own.
        let most_places = [12, 6, 4].map(|n| self.places().next_multiple_of(n)).into_iter().max();
        self.width() * most_places.unwrap_or(0)
    }

    /// Computes columns at once.
    pub(in super::super) fn start(&self, plane: &[f32], columns: &[Start], cuts: &[Cut], out: &mut [f32]) {
        if !columns.is_empty() {
            self.arch.dispatch(Starting { kernel: self, plane, columns, cuts, out });
        }
    }

    /// Computes columns further.
    pub(in super::super) fn go_on(&self, plane: &[f32], columns: &[Continue], sums: &mut [f32], out: &mut [f32]) {
        if !columns.is_empty() {
            self.arch.dispatch(Continuing { kernel: self, plane, columns, sums, out });
        }
    }

    /// Places over frequency.
    fn places(&self) -> usize {
        self.bands - self.height + 1
    }

    /// Weights of a block, a tap after the other.
    #[inline(always)]
    fn block<S: Simd, const VECTORS: usize>(&self, block: usize) -> &[[S::f32s; VECTORS]] {
        let size = self.taps * self.height * BLOCK;
        blocks::<S, VECTORS>(&self.weights[block * size..][..size])
    }

    /// Adds taps at `N` places from `place` on; `rows` begins at the first tap's frame.
    #[inline(always)]
    fn add<S: Simd, const N: usize, const VECTORS: usize>(
        &self,
        simd: S,
        sums: &mut Sums<S::f32s, N, VECTORS>,
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

    /// The maximum over frequency to what it becomes.
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

#[inline(always)]
fn add_place<S: Simd, const N: usize, const VECTORS: usize>(
    simd: S,
    sums: &mut Sums<S::f32s, N, VECTORS>,
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

#[inline(always)]
fn most<S: Simd, const N: usize, const VECTORS: usize>(
    simd: S,
    sums: &Sums<S::f32s, N, VECTORS>,
    mut most: [S::f32s; VECTORS],
) -> [S::f32s; VECTORS] {
    for sums in sums {
        for (most, sum) in most.iter_mut().zip(sums) {
            *most = simd.max_f32s(*most, *sum);
        }
    }
    most
}

/// The first places of the tiles: the last tile overlaps the one before, which a maximum does not mind.
#[inline(always)]
fn tiles_of(places: usize, n: usize) -> impl Iterator<Item = usize> {
    (0..places).step_by(n).map(move |place| place.min(places - n))
}

struct Starting<'a> {
    kernel: &'a BandKernel,
    plane: &'a [f32],
    columns: &'a [Start],
    cuts: &'a [Cut],
    out: &'a mut [f32],
}

impl WithSimd for Starting<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let places = self.kernel.places();
        self.choose(simd, places);
    }
}

impl Tiles for Starting<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) {
        let Self { kernel, plane, columns, cuts, out } = self;
        let out = blocks_mut::<S, VECTORS>(out);
        let lowest = [simd.splat_f32s(f32::MIN); VECTORS];
        for block in 0..kernel.blocks {
            let weights = kernel.block::<S, VECTORS>(block);
            for column in columns {
                let cuts = &cuts[column.cuts.clone()];
                for cut in cuts {
                    out[cut.to * kernel.blocks + block] = lowest;
                }
                for place in tiles_of(kernel.places(), N) {
                    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; N];
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

struct Continuing<'a> {
    kernel: &'a BandKernel,
    plane: &'a [f32],
    columns: &'a [Continue],
    sums: &'a mut [f32],
    out: &'a mut [f32],
}

impl WithSimd for Continuing<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let places = self.kernel.places();
        self.choose(simd, places);
    }
}

impl Tiles for Continuing<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) {
        let Self { kernel, plane, columns, sums: kept, out } = self;
        let out = blocks_mut::<S, VECTORS>(out);
        let tiles = kernel.places().div_ceil(N);
        for block in 0..kernel.blocks {
            let weights = kernel.block::<S, VECTORS>(block);
            for column in columns {
                let taps = column.taps.clone();
                let row = (column.origin + taps.start as isize) as usize;
                let rows = &plane[row * kernel.bands..][..taps.len() * kernel.bands];
                let weights = &weights[taps.start * kernel.height..];
                let kept = &mut kept[column.sums * kernel.sums_len()..][..kernel.sums_len()];
                let (kept, _) = blocks_mut::<S, VECTORS>(kept)[block * tiles * N..].as_chunks_mut::<N>();
                let mut most_yet = [simd.splat_f32s(f32::MIN); VECTORS];
                for (place, kept) in tiles_of(kernel.places(), N).zip(kept) {
                    let mut sums = if taps.start == 0 { [[simd.splat_f32s(0.0); VECTORS]; N] } else { *kept };
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
