//! The arithmetic, on whatever vectors the processor has: chosen at run time, written once, without `unsafe`.
//!
//! A vector's lanes are output channels, sixteen of them in a block. So a value of the input is multiplied into all of
//! a block at once, and the maximum over frequency is a maximum of whole vectors; nothing crosses lanes.

mod bands;
mod frames;
mod pool;

use pulp::{Simd, WithSimd};

pub(super) use self::bands::{BandKernel, Continue, Cut, Start};
pub(super) use self::frames::FrameKernel;
pub(super) use self::pool::{fold, pool};

/// Output channels that are worked on together.
pub(super) const BLOCK: usize = 16;

/// `channels` rounded up to whole blocks.
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(BLOCK)
}

/// What a sum becomes: `scale * relu(sum + bias) + shift`, a channel each.
///
/// It falls with the sum where the scale is negative, as about half of a batch normalisation's are. There the maximum
/// of what sums become is what their minimum becomes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activation {
    pub(crate) bias: Vec<f32>,
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
}

impl Activation {
    /// With silent channels up to the end of a block.
    pub(super) fn pad(&self) -> Self {
        let pad = |values: &[f32]| {
            let mut padded_values = values.to_vec();
            padded_values.resize(padded(values.len()), 0.0);
            padded_values
        };
        Self { bias: pad(&self.bias), scale: pad(&self.scale), shift: pad(&self.shift) }
    }
}

/// Sums of `N` places by `V` vectors of channels, all in registers.
type Sums<V, const N: usize, const VECTORS: usize> = [[V; VECTORS]; N];

/// How many vectors make a block, and how many places fit into the registers beside it.
trait Tiles: WithSimd + Sized {
    /// Works on `N` places at a time with blocks of `VECTORS` vectors.
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) -> Self::Output;

    /// Chooses by the width of the processor's vectors; `places` says how many there are at least.
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

/// A slice of channels as vectors, a block each.
#[inline(always)]
fn blocks<S: Simd, const VECTORS: usize>(values: &[f32]) -> &[[S::f32s; VECTORS]] {
    S::as_simd_f32s(values).0.as_chunks().0
}

/// As [`blocks`], to write.
#[inline(always)]
fn blocks_mut<S: Simd, const VECTORS: usize>(values: &mut [f32]) -> &mut [[S::f32s; VECTORS]] {
    S::as_mut_simd_f32s(values).0.as_chunks_mut().0
}
