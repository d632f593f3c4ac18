//! SIMD kernels for the vector width of the processor, chosen at run time, from one source and without `unsafe`.
//!
//! The lanes of a vector are output channels, 16 of which form a block. One input value is multiplied into a whole
//! block at once, and the maximum over frequency is a maximum of whole vectors; no operation crosses lanes.

mod bands;
mod curve;
mod frames;
mod grid;
mod plane;
mod pool;
mod spectra;

use pulp::{Simd, WithSimd};

pub(super) use self::bands::{BandKernel, Continue, Cut, Start};
pub(crate) use self::curve::ActivationCurve;
pub(super) use self::frames::FrameKernel;
pub(super) use self::grid::{GridKernel, GridPlaces, GridShape};
pub(super) use self::plane::{PlaneKernel, PlanePlaces};
pub(super) use self::pool::{fold, pool};
pub(super) use self::spectra::SpectralKernel;

/// Number of output channels processed together.
pub(super) const BLOCK: usize = 16;

/// Returns `channels` rounded up to whole blocks.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(BLOCK)
}

/// Activation of a sum, per channel: `scale * curve(sum + bias) + shift`. The curve is a ReLU unless a kernel takes
/// another [`ActivationCurve`].
///
/// The activation falls with the sum where the scale is negative, as about half of the scales of a batch normalization
/// are. There the maximum of the activations is the activation of the minimum.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activation {
    pub(crate) bias: Vec<f32>,
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
}

impl Activation {
    /// Returns the activation with zero channels up to the end of a block.
    pub(super) fn pad(&self) -> Self {
        let pad = |values: &[f32]| {
            let mut padded_values = values.to_vec();
            padded_values.resize(padded(values.len()), 0.0);
            padded_values
        };
        Self { bias: pad(&self.bias), scale: pad(&self.scale), shift: pad(&self.shift) }
    }

    /// Returns the activation of a block of a padded activation.
    #[inline(always)]
    fn block<S: Simd, const VECTORS: usize>(&self, block: usize) -> BlockActivation<S::f32s, VECTORS> {
        let [bias, scale, shift] =
            [&self.bias, &self.scale, &self.shift].map(|values| blocks::<S, VECTORS>(values)[block]);
        BlockActivation { bias, scale, shift }
    }
}

/// Activation of a block, in vectors.
#[derive(Clone, Copy)]
struct BlockActivation<V, const VECTORS: usize> {
    bias: [V; VECTORS],
    scale: [V; VECTORS],
    shift: [V; VECTORS],
}

impl<V: Copy, const VECTORS: usize> BlockActivation<V, VECTORS> {
    /// Returns the activation of a sum.
    #[inline(always)]
    fn apply<S: Simd<f32s = V>>(&self, simd: S, curve: ActivationCurve, sums: &[V; VECTORS]) -> [V; VECTORS] {
        // A loop, because a closure may not be inlined into code for the vector width.
        let mut values = [simd.splat_f32s(0.0); VECTORS];
        for (vector, value) in values.iter_mut().enumerate() {
            let curved = curve.apply(simd, simd.add_f32s(sums[vector], self.bias[vector]));
            *value = simd.add_f32s(simd.mul_f32s(curved, self.scale[vector]), self.shift[vector]);
        }
        values
    }
}

/// Sums of `N` positions by `VECTORS` vectors of channels, all in registers.
type Sums<V, const N: usize, const VECTORS: usize> = [[V; VECTORS]; N];

/// Kernel in tiles: positions per tile and vectors per block are chosen by the vector width, so that a tile fits into
/// the registers.
trait Tiles: WithSimd + Sized {
    /// Processes `N` positions at a time with blocks of `VECTORS` vectors.
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) -> Self::Output;

    /// Calls [`tiles`](Self::tiles) for the vector width of the processor; `places` is the minimum number of positions.
    #[inline(always)]
    fn choose<S: Simd>(self, simd: S, places: usize) -> Self::Output {
        match (S::F32_LANES, places) {
            (16, 12..) => self.tiles::<S, 12, 1>(simd),
            (8, 6..) => self.tiles::<S, 6, 2>(simd),
            (4, 4..) => self.tiles::<S, 4, 4>(simd),
            (16, _) => self.tiles::<S, 1, 1>(simd),
            (8, _) => self.tiles::<S, 1, 2>(simd),
            (4, _) => self.tiles::<S, 1, 4>(simd),
            _ => self.tiles::<S, 1, BLOCK>(simd),
        }
    }
}

/// Returns a slice of channels as blocks of vectors.
#[inline(always)]
fn blocks<S: Simd, const VECTORS: usize>(values: &[f32]) -> &[[S::f32s; VECTORS]] {
    S::as_simd_f32s(values).0.as_chunks().0
}

/// Returns a slice of channels as blocks of vectors for writing.
#[inline(always)]
fn blocks_mut<S: Simd, const VECTORS: usize>(values: &mut [f32]) -> &mut [[S::f32s; VECTORS]] {
    S::as_mut_simd_f32s(values).0.as_chunks_mut().0
}
