//! Convolution of a layer with packed weights.

use super::NetLayer;
use super::folded_weights::FoldedWeights;
use super::map_input::MapInput;
use super::map_layout::MapLayout;
use super::map_size::MapSize;
use crate::incremental::kernel::{GridKernel, GridPlaces, GridShape};

/// Convolution of a layer with packed weights, and the geometry of the part that reaches the output.
#[derive(Debug)]
pub(super) struct PackedConv {
    kernel: GridKernel,
    pub(super) input: MapInput,
    places: GridPlaces,
    /// Number of columns.
    columns: usize,
    /// Number of values from one band to the next.
    row: usize,
    channels: usize,
}

impl PackedConv {
    /// Packs the convolution of a layer from the maps `parts`, which are equally large, to at least the size `needed`.
    /// Allocates.
    pub(super) fn new(layer: &NetLayer, parts: Vec<MapLayout>, [frames, bands]: [usize; 2]) -> Self {
        let input_bands = parts.first().map_or(0, |part| part.map.size[1]);
        let folded = FoldedWeights::new(layer, bands, input_bands);
        let (taps, height) = (layer.size[0], folded.height);
        let shape = GridShape { inputs: layer.inputs, row: layer.inputs, taps, height, dilation: layer.dilation };
        let kernel = GridKernel::new(&folded.weights, shape, layer.curve, &folded.activation);
        let places = bands.div_ceil(folded.fold);
        let input = MapInput {
            parts,
            affine: layer.input.clone(),
            columns: frames + layer.span() - 1,
            before: layer.before[0],
            bands: (places - 1) * folded.fold + height,
            below: folded.below,
            channels: layer.inputs,
        };
        Self {
            places: GridPlaces { column: input.column(), places, step: folded.fold, zeros: 0 },
            columns: frames,
            row: kernel.width() / folded.fold,
            channels: layer.outputs(),
            kernel,
            input,
        }
    }

    /// Returns the layout of the output in the buffer `slot`.
    pub(super) fn layout(&self, slot: usize, bands: usize) -> MapLayout {
        let map = MapSize { size: [self.columns, bands], channels: self.channels };
        MapLayout { slot, map, column: self.places.places * self.kernel.width(), row: self.row }
    }

    /// Computes the output; `out` has the length of its layout.
    pub(super) fn run(&self, input: &[f32], out: &mut [f32]) {
        self.kernel.run(input, self.places, out);
    }
}
