//! Spleeter U-Net with packed weights.

mod build;
mod decode;
mod encode;
mod rows;
mod scratch;
mod size;
#[cfg(test)]
mod tests;

use std::ops::Range;

use pulp::Arch;

use self::build::Packing;
use self::decode::Decode;
use self::encode::Encode;
use self::rows::Rows;
pub(crate) use self::scratch::Scratch;
use self::size::{BINS, GRID};
use crate::kernel::Last;
use crate::unet_error::UNetError;
use crate::weights::{KernelValues, UNetWeights};

/// Spleeter U-Net of one stem: stereo magnitudes of a mix in, magnitudes of the stem out.
#[derive(Debug)]
pub(crate) struct UNet(Packing);

impl UNet {
    /// Packs weights for 1024 bins. Allocates.
    ///
    /// # Errors
    /// A tensor has an unexpected number of values.
    pub(crate) fn new(weights: UNetWeights<impl KernelValues>) -> Result<Self, UNetError> {
        Self::with_bins(weights, BINS, Arch::new())
    }

    /// Writes the magnitudes of the stem in the `wanted` frames. Allocates only in the first run of a scratch and after
    /// a change of `frames`.
    ///
    /// `mix` has the layout `[2][frames][1024]` and `out` the layout `[2][wanted][1024]`. Outside of `frames` the mix
    /// is taken as silent.
    ///
    /// Frame `t` of `mix` equals frame `t + shift` of the mix of the previous run of `scratch` where both exist, which
    /// saves computation. Everything is computed if `shift` is at least `frames`, the scratch is not made by
    /// [`Scratch::for_shifts`], or its previous run was of another network or number of frames.
    ///
    /// # Errors
    /// `frames` is no multiple of 64, `wanted` is not in `0..frames`, or a slice has an unexpected length.
    pub(crate) fn run_shifted(
        &self,
        mix: &[f32],
        frames: usize,
        shift: usize,
        wanted: Range<usize>,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), UNetError> {
        let checked = self.check(mix, frames, &wanted, out);
        if checked.is_err() || wanted.is_empty() {
            scratch.forget();
            return checked;
        }
        let rows = Rows::new(frames, wanted.clone());
        scratch.fit(&self.0, frames, &rows, shift);
        Encode::new(&self.0, mix, &rows, scratch).run();
        Decode::new(&self.0, &rows, scratch).run();
        let (weights, input, bins) = (&self.0.last, &scratch.single, self.0.bins);
        self.0.arch.dispatch(Last { weights, input, mix, bins, wanted, out });
        Ok(())
    }

    /// Computes everything, as [`UNet::run_shifted`] does without a previous run.
    #[cfg(test)]
    pub(crate) fn run(
        &self,
        mix: &[f32],
        frames: usize,
        wanted: Range<usize>,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> Result<(), UNetError> {
        self.run_shifted(mix, frames, usize::MAX, wanted, scratch, out)
    }

    /// Packs weights for `bins` bins and a vector width. Allocates.
    fn with_bins(weights: UNetWeights<impl KernelValues>, bins: usize, arch: Arch) -> Result<Self, UNetError> {
        Packing::new(weights, bins, arch).map(Self)
    }

    /// Returns an error if an argument of a run has an unexpected size.
    fn check(&self, mix: &[f32], frames: usize, wanted: &Range<usize>, out: &[f32]) -> Result<(), UNetError> {
        if frames == 0 || !frames.is_multiple_of(GRID) {
            return Err(UNetError::Frames { got: frames });
        }
        let size = |frames: usize| frames.saturating_mul(2 * self.0.bins);
        if mix.len() != size(frames) {
            return Err(UNetError::Magnitudes { expected: size(frames), got: mix.len() });
        }
        if wanted.start > wanted.end || wanted.end > frames {
            return Err(UNetError::Wanted { frames, got: wanted.clone() });
        }
        if out.len() != size(wanted.len()) {
            return Err(UNetError::Output { expected: size(wanted.len()), got: out.len() });
        }
        Ok(())
    }
}
