//! Packing of the weights.

use std::mem::take;
use std::sync::atomic::{AtomicU64, Ordering};

use pulp::Arch;

use super::size::{GRID, LEVELS};
use crate::kernel::{Affine, BLOCK, LastWeights, MAX_CACHED_BYTES, Packed};
use crate::unet_error::UNetError;
use crate::weights::{KernelValues, Layer, Norm, UNetWeights};

/// Number of networks built, as identities.
static BUILT: AtomicU64 = AtomicU64::new(0);

/// Encoder layer.
#[derive(Debug)]
pub(super) struct Down {
    pub(super) packed: Packed,
    pub(super) affine: Affine,
    /// Number of rows to compute at a time.
    pub(super) band: usize,
}

impl Down {
    /// Returns the number of output channels.
    pub(super) fn channels(&self) -> usize {
        self.affine.bias.len()
    }
}

/// Decoder layer.
#[derive(Debug)]
pub(super) struct Up {
    /// Kernels by parity of the output: `[time][frequency]`.
    pub(super) packed: [Packed; 4],
    pub(super) affine: Affine,
    /// First channel of the join to write.
    pub(super) channel: usize,
    /// Number of rows to compute at a time: an even number.
    pub(super) band: usize,
}

impl Up {
    /// Returns the number of channels of the join.
    pub(super) fn join_channels(&self) -> usize {
        self.channel + self.affine.bias.len()
    }
}

/// Packed weights of a network.
#[derive(Debug)]
pub(super) struct Packing {
    pub(super) arch: Arch,
    /// Identity for the columns kept in a [`Scratch`].
    pub(super) id: u64,
    pub(super) bins: usize,
    pub(super) downs: [Down; LEVELS],
    pub(super) ups: [Up; LEVELS - 1],
    pub(super) single: (Packed, Affine),
    pub(super) last: LastWeights,
}

impl Packing {
    /// Returns the decoder layer that writes to the join of a level.
    pub(super) fn up(&self, level: usize) -> &Up {
        &self.ups[self.ups.len() - 1 - level]
    }

    /// Packs weights for `bins` bins and a vector width. Allocates, and frees each kernel once it is packed.
    pub(super) fn new<K: KernelValues>(weights: UNetWeights<K>, bins: usize, arch: Arch) -> Result<Self, UNetError> {
        if bins == 0 || !bins.is_multiple_of(GRID) {
            return Err(UNetError::Bins { got: bins });
        }
        weights.check()?;
        let UNetWeights { mut convs, conv_norms, mut ups, up_norms, last } = weights;
        let conv_channels: [usize; LEVELS] = std::array::from_fn(|level| convs[level].bias.len());
        let channels = |level: usize| conv_channels[level];
        let downs = std::array::from_fn(|level| {
            let inputs = level.checked_sub(1).map_or(2, channels);
            let packed = Packed::strided(&take(&mut convs[level].weight), inputs, channels(level));
            let band = band(packed.bytes());
            Down { packed, affine: affine(&convs[level], conv_norms.get(level)), band }
        });
        let ups_packed = std::array::from_fn(|index| {
            let outputs = ups[index].bias.len();
            let weight = take(&mut ups[index].weight);
            let inputs = weight.len() / (outputs * 25);
            let packed: [Packed; 4] =
                std::array::from_fn(|parity| Packed::transposed(&weight, inputs, outputs, (parity / 2, parity % 2)));
            let band = band(packed.iter().map(Packed::bytes).sum());
            Up { packed, affine: affine(&ups[index], Some(&up_norms[index])), channel: channels(4 - index), band }
        });
        let ([.., up], [.., norm]) = (ups, up_norms);
        let spread = |values: &[f32]| values.repeat(BLOCK);
        let single = Affine { bias: spread(&up.bias), scale: spread(&norm.scale), shift: spread(&norm.shift) };
        Ok(Self {
            arch,
            id: BUILT.fetch_add(1, Ordering::Relaxed),
            bins,
            downs,
            ups: ups_packed,
            single: (Packed::transposed_single(&up.weight, up.weight.len() / 25), single),
            last: last_weights(&last),
        })
    }
}

/// Returns the weights of the last convolution.
fn last_weights(layer: &Layer<impl KernelValues>) -> LastWeights {
    let mut weights = LastWeights::default();
    weights.bias.copy_from_slice(&layer.bias);
    let taps = weights.taps.as_flattened_mut().as_flattened_mut();
    taps.iter_mut().enumerate().for_each(|(index, tap)| *tap = layer.weight.value(index));
    weights
}

/// Returns the number of rows to compute at a time with weights of `bytes` bytes: few if the weights stay in the cache.
fn band(bytes: usize) -> usize {
    match bytes / MAX_CACHED_BYTES {
        0 => 2,
        1..=7 => 8,
        _ => usize::MAX,
    }
}

/// Returns the bias of a layer and its normalization.
fn affine<K>(layer: &Layer<K>, norm: Option<&Norm>) -> Affine {
    let Norm { scale, shift } = norm.cloned().unwrap_or_default();
    Affine { bias: layer.bias.clone(), scale, shift }
}
