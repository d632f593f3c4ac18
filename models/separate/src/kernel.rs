//! SIMD kernels for the vector width of the processor, chosen at run time, from one source and without `unsafe`.
//!
//! Planes are stored channels last, so that a kernel row over all input channels is one contiguous run of values. The
//! lanes of a vector are output channels, 16 of which form a block. One input value is multiplied into a whole block at
//! once; no operation crosses lanes.

mod last;
mod packed;
mod plane;
mod sigmoid;
mod store;
mod sweep;
mod values;

use pulp::{Simd, WithSimd};

pub(crate) use self::last::{LAST_PAD, Last, LastWeights};
pub(crate) use self::packed::{MAX_CACHED_BYTES, Packed};
pub(crate) use self::plane::Plane;
pub(crate) use self::store::{Affine, Bottom, Encoder, Interleaved, Single};
pub(crate) use self::sweep::{Buffers, Sweep};

/// Number of output channels processed together.
pub(crate) const BLOCK: usize = 16;

/// Sums of `N` positions by `V` vectors of channels, all in registers.
type Sums<S, const N: usize, const V: usize> = [[<S as Simd>::f32s; V]; N];

/// Kernel in tiles: positions per tile and vectors per block are chosen by the vector width, so that a tile fits into
/// the registers.
trait Tiles: WithSimd + Sized {
    /// Processes `N` positions at a time, and `M` or one at the end of a row, with blocks of `V` vectors.
    fn tiles<S: Simd, const N: usize, const M: usize, const V: usize>(self, simd: S) -> Self::Output;

    /// Calls [`tiles`](Self::tiles) for the vector width of the processor.
    #[inline(always)]
    fn choose<S: Simd>(self, simd: S) -> Self::Output {
        match S::F32_LANES {
            16 => self.tiles::<S, 12, 4, 1>(simd),
            8 => self.tiles::<S, 6, 4, 2>(simd),
            4 => self.tiles::<S, 6, 4, 4>(simd),
            _ => self.tiles::<S, 2, 1, BLOCK>(simd),
        }
    }
}

/// Returns a slice of channels as blocks of vectors.
#[inline(always)]
fn blocks<S: Simd, const V: usize>(values: &[f32]) -> &[[S::f32s; V]] {
    S::as_simd_f32s(values).0.as_chunks().0
}

/// Returns a slice of channels as blocks of vectors for writing.
#[inline(always)]
fn blocks_mut<S: Simd, const V: usize>(values: &mut [f32]) -> &mut [[S::f32s; V]] {
    S::as_mut_simd_f32s(values).0.as_chunks_mut().0
}
