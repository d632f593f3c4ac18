//! Convolution over time and frequency by spectra over frequency, fused with the maximum over frequency.
//!
//! A tall kernel has many bands at few places: its sums over the bands are products of spectra. Each frame is transformed
//! once for all channels, the taps are summed in the spectrum, and each column is transformed back once. The transform is
//! as long as a frame, so only places at which the kernel would not fit wrap around.

use std::ops::Range;

use pulp::{Arch, Simd};

mod bins;
mod columns;
mod inverse;
#[cfg(test)]
mod tests;

use self::bins::{BINS, LENGTH, PARTS, Spectrum, THIRD, factor, frequency};
use self::inverse::Inverse;
use super::{Activation, ActivationCurve, BLOCK, FrameKernel, blocks, padded};

/// Weights of a convolution over time and frequency as spectra, packed for [`SpectralKernel::advance`] and
/// [`SpectralKernel::resume`].
#[derive(Debug)]
pub(in super::super) struct SpectralKernel {
    arch: Arch,
    taps: usize,
    places: usize,
    blocks: usize,
    /// Transform of a frame, whose values are `[bin][part]`.
    forward: FrameKernel,
    inverse: Inverse,
    /// `[block][bin][tap][part][lane]`, multiplied by the sign.
    weights: Vec<f32>,
    /// Sign of each channel, as in [`BandKernel`](super::BandKernel).
    sign: Vec<f32>,
    activation: Activation,
}

impl SpectralKernel {
    /// Whether spectra are faster for kernels of `height` bands over planes of `bands` bands.
    pub(in super::super) fn is_faster(height: usize, bands: usize) -> bool {
        const MIN_HEIGHT: usize = 16;
        bands == LENGTH && (MIN_HEIGHT..=LENGTH - MIN_HEIGHT).contains(&height)
    }

    /// Packs `weights` (`[channel][tap][band]`). Allocates.
    pub(in super::super) fn new(weights: &[f32], (taps, height): (usize, usize), activation: &Activation) -> Self {
        let activation = activation.pad();
        let sign: Vec<f32> = activation.scale.iter().map(|&scale| if scale < 0.0 { -1.0 } else { 1.0 }).collect();
        let blocks = sign.len() / BLOCK;
        let factors: Vec<[f64; PARTS]> =
            (0..BINS).flat_map(|bin| (0..height).map(move |band| factor(frequency(bin), band))).collect();
        let mut packed = vec![0.0; blocks * BINS * taps * PARTS * BLOCK];
        for (channel, weights) in weights.chunks_exact(taps * height).enumerate() {
            let (block, lane) = (channel / BLOCK, channel % BLOCK);
            for (tap, weights) in weights.chunks_exact(height).enumerate() {
                for (bin, factors) in factors.chunks_exact(height).enumerate() {
                    // The bins that are not multiples of 3 stand for their conjugates, too.
                    let scale = f64::from(sign[channel]) * if bin < THIRD { 2.0 } else { 1.0 } / LENGTH as f64;
                    for part in 0..PARTS {
                        let sum: f64 =
                            weights.iter().zip(factors).map(|(&w, factor)| f64::from(w) * factor[part]).sum();
                        let place = ((block * BINS + bin) * taps + tap) * PARTS + part;
                        packed[place * BLOCK + lane] = (sum * scale) as f32;
                    }
                }
            }
        }
        let forward = FrameKernel::new((BINS * PARTS, LENGTH, 1), |output, band, _| {
            factor(frequency(output / PARTS), band)[output % PARTS] as f32
        });
        Self {
            arch: Arch::new(),
            taps,
            places: LENGTH - height + 1,
            blocks,
            forward,
            inverse: Inverse::new(),
            weights: packed,
            sign,
            activation,
        }
    }

    /// Returns the number of values in a row of the output: the channels, rounded up to whole blocks.
    pub(in super::super) fn width(&self) -> usize {
        self.blocks * BLOCK
    }

    /// Returns the number of values of the sums of one column.
    pub(in super::super) fn sums_len(&self) -> usize {
        self.blocks * BINS * PARTS * BLOCK
    }

    /// Writes the spectra of frames of the plane.
    fn transform(&self, plane: &[f32], frames: Range<usize>, spectra: &mut Vec<f32>) {
        spectra.clear();
        spectra.resize(frames.len() * Self::row(), 0.0);
        self.forward.add(frames, |frame| &plane[frame * LENGTH..][..LENGTH], spectra);
    }

    /// Returns the number of values in a transformed frame.
    fn row() -> usize {
        padded(BINS * PARTS)
    }

    /// Adds taps to the spectra of `N` columns, whose first taps are at `rows` of the spectra.
    #[inline(always)]
    fn add<S: Simd, const N: usize, const VECTORS: usize>(
        &self,
        simd: S,
        block: usize,
        taps: Range<usize>,
        (spectra, rows): (&[f32], [usize; N]),
        sums: &mut [Spectrum<S::f32s, VECTORS>; N],
    ) {
        let size = self.taps * PARTS * BLOCK;
        let rows: [&[f32]; N] = rows.map(|row| &spectra[row * Self::row()..][..taps.len() * Self::row()]);
        for bin in 0..BINS {
            let weights = blocks::<S, VECTORS>(&self.weights[(block * BINS + bin) * size..][..size]);
            let weights = weights[taps.start * PARTS..taps.end * PARTS].as_chunks::<PARTS>().0;
            let mut here = [[[simd.splat_f32s(0.0); VECTORS]; PARTS]; N];
            for (here, sums) in here.iter_mut().zip(&*sums) {
                *here = sums[bin];
            }
            for (tap, [weight_re, weight_im]) in weights.iter().enumerate() {
                for (sums, row) in here.iter_mut().zip(&rows) {
                    let values = &row[tap * Self::row() + bin * PARTS..][..PARTS];
                    let (re, im) = (simd.splat_f32s(values[0]), simd.splat_f32s(values[1]));
                    let negative_re = simd.neg_f32s(re);
                    let [sum_re, sum_im] = sums;
                    // The product with the conjugate of the weight.
                    for vector in 0..VECTORS {
                        sum_re[vector] = simd.mul_add_e_f32s(re, weight_re[vector], sum_re[vector]);
                        sum_im[vector] = simd.mul_add_e_f32s(im, weight_re[vector], sum_im[vector]);
                        sum_re[vector] = simd.mul_add_e_f32s(im, weight_im[vector], sum_re[vector]);
                        sum_im[vector] = simd.mul_add_e_f32s(negative_re, weight_im[vector], sum_im[vector]);
                    }
                }
            }
            for (sums, here) in sums.iter_mut().zip(&here) {
                sums[bin] = *here;
            }
        }
    }

    /// Returns the activations of the maximum over frequency of a column.
    #[inline(always)]
    fn finish<S: Simd, const VECTORS: usize>(
        &self,
        simd: S,
        block: usize,
        sums: &Spectrum<S::f32s, VECTORS>,
    ) -> [S::f32s; VECTORS] {
        let sign = blocks::<S, VECTORS>(&self.sign)[block];
        let mut most = [simd.splat_f32s(0.0); VECTORS];
        for vector in 0..VECTORS {
            let highest = self.inverse.most::<S, VECTORS>(simd, sums, vector, self.places);
            most[vector] = simd.mul_f32s(highest, sign[vector]);
        }
        self.activation.block::<S, VECTORS>(block).apply(simd, ActivationCurve::Relu, &most)
    }
}
