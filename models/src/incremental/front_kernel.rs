//! Kernel of one branch of the front: convolution over time and frequency with the maximum over frequency.

use super::kernel::{BandKernel, Continue, Cut, SpectralKernel, Start};
use super::trunk;

/// Kernel of one branch, chosen by the height of its weights.
#[derive(Debug)]
pub(super) enum FrontKernel {
    /// Sums over the bands at each place.
    Bands(BandKernel),
    /// Spectra over frequency, for tall weights.
    Spectra(Box<SpectralKernel>),
}

impl FrontKernel {
    /// Packs the weights of a branch for a plane of `bands` bands. Allocates.
    pub(super) fn new(branch: &trunk::Branch, bands: usize) -> Self {
        let (weights, size, activation) = (&branch.weights, (branch.taps, branch.height), &branch.activation);
        if SpectralKernel::is_faster(branch.height, bands) {
            Self::Spectra(Box::new(SpectralKernel::new(weights, size, activation)))
        } else {
            Self::Bands(BandKernel::new(weights, size, activation, bands))
        }
    }

    /// Returns the number of values in a row of the output: the channels, rounded up to whole blocks.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Bands(kernel) => kernel.width(),
            Self::Spectra(kernel) => kernel.width(),
        }
    }

    /// Returns the number of values of the sums of one column.
    pub(super) fn sums_len(&self) -> usize {
        match self {
            Self::Bands(kernel) => kernel.sums_len(),
            Self::Spectra(kernel) => kernel.sums_len(),
        }
    }

    /// Starts columns in `rows`, continues others to their end in `rows`, then others in `right`; `spare` is a reused
    /// scratch buffer.
    pub(super) fn advance(
        &self,
        plane: &[f32],
        (starts, cuts, completing, growing): (&[Start], &[Cut], &[Continue], &[Continue]),
        sums: &mut [f32],
        (rows, right): (&mut [f32], &mut [f32]),
        spare: &mut Vec<f32>,
    ) {
        match self {
            Self::Bands(kernel) => {
                kernel.start(plane, starts, cuts, rows);
                // Complete columns first: new columns at the right border reuse their sums.
                kernel.resume(plane, completing, sums, rows);
                kernel.resume(plane, growing, sums, right);
            }
            Self::Spectra(kernel) => {
                kernel.advance(plane, (starts, cuts, completing, growing), sums, (rows, right), spare);
            }
        }
    }

    /// Continues columns by further taps; `spare` is a reused scratch buffer.
    pub(super) fn resume(
        &self,
        plane: &[f32],
        columns: &[Continue],
        sums: &mut [f32],
        out: &mut [f32],
        spare: &mut Vec<f32>,
    ) {
        match self {
            Self::Bands(kernel) => kernel.resume(plane, columns, sums, out),
            Self::Spectra(kernel) => kernel.resume(plane, columns, sums, out, spare),
        }
    }
}
