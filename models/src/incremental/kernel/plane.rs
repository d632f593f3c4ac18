//! Convolution of a plane of frames and bands to all channels, fused with the maximum over consecutive frames.

use pulp::{Arch, Simd, WithSimd};

use super::{Activation, ActivationCurve, BLOCK, Sums, Tiles, blocks, blocks_mut};

/// Weights of a convolution with one input channel, packed for [`PlaneKernel::run`].
#[derive(Debug)]
pub(in super::super) struct PlaneKernel {
    arch: Arch,
    taps: usize,
    height: usize,
    blocks: usize,
    /// `[block][tap][band][lane]`.
    weights: Vec<f32>,
    activation: Activation,
}

/// Places at which a [`PlaneKernel`] runs.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct PlanePlaces {
    /// Values per frame of the plane.
    pub(in super::super) row: usize,
    /// Number of places in a column, and the bands between two of them.
    pub(in super::super) places: usize,
    pub(in super::super) step: usize,
    /// Number of consecutive frames of which each column is the maximum.
    pub(in super::super) frames: usize,
}

impl PlaneKernel {
    /// Packs `weights` (`[channel][tap][band]`). Allocates.
    pub(in super::super) fn new(weights: &[f32], [taps, height]: [usize; 2], activation: &Activation) -> Self {
        let activation = activation.pad();
        let (size, blocks) = (taps * height, activation.bias.len() / BLOCK);
        let mut packed = vec![0.0; blocks * size * BLOCK];
        for (channel, weights) in weights.chunks_exact(size).enumerate() {
            let (block, lane) = (channel / BLOCK, channel % BLOCK);
            for (place, weight) in weights.iter().enumerate() {
                packed[(block * size + place) * BLOCK + lane] = *weight;
            }
        }
        Self { arch: Arch::new(), taps, height, blocks, weights: packed, activation }
    }

    /// Returns the number of values at a place of the output: the channels, rounded up to whole blocks.
    pub(in super::super) fn width(&self) -> usize {
        self.blocks * BLOCK
    }

    /// Computes as many columns as `out` has room for, `[column][place][channel]`; `plane` starts at the first tap of
    /// the first column.
    pub(in super::super) fn run(&self, plane: &[f32], places: PlanePlaces, out: &mut [f32]) {
        self.arch.dispatch(PlaneOutput { kernel: self, plane, places, out });
    }
}

/// Convolution of a plane, dispatched by vector width.
struct PlaneOutput<'a> {
    kernel: &'a PlaneKernel,
    plane: &'a [f32],
    places: PlanePlaces,
    out: &'a mut [f32],
}

impl WithSimd for PlaneOutput<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Half as many places as in the other kernels: sums and maxima are both in registers.
        match (S::F32_LANES, self.places.places) {
            (16, 6..) => self.tiles::<S, 6, 1>(simd),
            (8, 3..) => self.tiles::<S, 3, 2>(simd),
            (4, 2..) => self.tiles::<S, 2, 4>(simd),
            (16, _) => self.tiles::<S, 1, 1>(simd),
            (8, _) => self.tiles::<S, 1, 2>(simd),
            (4, _) => self.tiles::<S, 1, 4>(simd),
            _ => self.tiles::<S, 1, BLOCK>(simd),
        }
    }
}

impl Tiles for PlaneOutput<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const VECTORS: usize>(self, simd: S) {
        let Self { kernel, plane, places: PlanePlaces { row, places, step, frames }, out } = self;
        let out = blocks_mut::<S, VECTORS>(out);
        for block in 0..kernel.blocks {
            let size = kernel.taps * kernel.height * BLOCK;
            let weights = blocks::<S, VECTORS>(&kernel.weights[block * size..][..size]);
            let activation = kernel.activation.block::<S, VECTORS>(block);
            for (column, out) in out.chunks_exact_mut(places * kernel.blocks).enumerate() {
                for place in (0..places).step_by(N).map(|place| place.min(places - N)) {
                    let mut most = [[simd.splat_f32s(f32::MIN); VECTORS]; N];
                    for frame in column * frames..(column + 1) * frames {
                        let mut sums: Sums<S::f32s, N, VECTORS> = [[simd.splat_f32s(0.0); VECTORS]; N];
                        for tap in 0..kernel.taps {
                            let row = &plane[(frame + tap) * row + place * step..][..(N - 1) * step + kernel.height];
                            let weights = &weights[tap * kernel.height..][..kernel.height];
                            for (band, weights) in weights.iter().enumerate() {
                                for (n, sums) in sums.iter_mut().enumerate() {
                                    let value = simd.splat_f32s(row[n * step + band]);
                                    for (sum, weight) in sums.iter_mut().zip(weights) {
                                        *sum = simd.mul_add_e_f32s(value, *weight, *sum);
                                    }
                                }
                            }
                        }
                        for (most, sums) in most.iter_mut().zip(&sums) {
                            let values = activation.apply(simd, ActivationCurve::Relu, sums);
                            for (most, value) in most.iter_mut().zip(values) {
                                *most = simd.max_f32s(*most, value);
                            }
                        }
                    }
                    for (n, most) in most.into_iter().enumerate() {
                        out[(place + n) * kernel.blocks + block] = most;
                    }
                }
            }
        }
    }
}
