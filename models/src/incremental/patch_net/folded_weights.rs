//! Weights of a convolution, arranged so that the kernel does little work that does not count.

use super::NetLayer;
use crate::incremental::kernel::{Activation, BLOCK};

/// Weights without the bands that only meet padding, and with several bands in a block if the channels of one fill only a
/// part of it.
///
/// With eight channels, a block has the channels of two adjacent bands. The kernel is then one band taller, which is less
/// work than the empty half of a block.
#[derive(Debug)]
pub(super) struct FoldedWeights {
    /// `[band of the fold, output][input][tap][band]`.
    pub(super) weights: Vec<f32>,
    pub(super) activation: Activation,
    /// Number of bands of a place.
    pub(super) fold: usize,
    /// Length of the kernel in bands.
    pub(super) height: usize,
    /// Zero padding below the first band.
    pub(super) below: usize,
}

impl FoldedWeights {
    /// Arranges the weights of a layer for `needed` bands of the output from `bands` bands of the input. Allocates.
    pub(super) fn new(layer: &NetLayer, needed: usize, bands: usize) -> Self {
        let [taps, height] = layer.size;
        let (below, outputs) = (layer.before[1], layer.outputs());
        // Bands of the kernel that meet a band of the input anywhere.
        let first = (below + 1).saturating_sub(needed).min(height - 1);
        let end = height.min(below + bands).max(first + 1);
        let fits = BLOCK.is_multiple_of(outputs) && BLOCK / outputs <= needed.next_power_of_two();
        let fold = if fits { BLOCK / outputs } else { 1 };
        let folded_height = end - first + fold - 1;
        let mut weights = vec![0.0; fold * outputs * layer.inputs * taps * folded_height];
        // Each output, input and tap has a row, and the rows of a band of the fold are one band further than the last.
        let rows = outputs * layer.inputs * taps;
        for (index, out) in weights.chunks_exact_mut(folded_height).enumerate() {
            let row = &layer.weights[index % rows * height..][first..end];
            out[index / rows..][..row.len()].copy_from_slice(row);
        }
        let repeat = |values: &[f32]| values.repeat(fold);
        let Activation { bias, scale, shift } = &layer.activation;
        let activation = Activation { bias: repeat(bias), scale: repeat(scale), shift: repeat(shift) };
        Self { weights, activation, fold, height: folded_height, below: below - first }
    }
}
