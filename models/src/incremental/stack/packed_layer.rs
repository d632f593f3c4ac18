//! Layer of a stack after the first, with packed weights.

use super::{ConvLayer, LayerExtent};
use crate::incremental::kernel::{ActivationCurve, GridKernel, GridPlaces, GridShape, padded};

/// Layer with packed weights and the geometry of its needed part.
#[derive(Debug)]
pub(super) struct PackedLayer {
    kernel: GridKernel,
    /// Number of columns of the input before and after its own that a column depends on.
    pub(super) before: usize,
    pub(super) after: usize,
    /// Number of zeros below the bands of an input column, and number of values of its bands.
    below: usize,
    bands: usize,
    places: GridPlaces,
    pool: BandPool,
    /// Number of needed columns, and how many of them belong to one patch alone.
    pub(super) needed: usize,
    pub(super) own: usize,
    /// Frames of the stream between two columns.
    pub(super) stride: usize,
    /// Pooling over time: number of columns of which an input column of the next layer is the maximum, and columns from
    /// one to the next.
    pub(super) window: usize,
    pub(super) step: usize,
}

/// Maximum pooling over the places of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct BandPool {
    /// Number of places of which a row is the maximum, and places from one row to the next.
    pub(super) window: usize,
    step: usize,
    rows: usize,
}

impl BandPool {
    /// Returns the pooling of a layer, the places at which the layer is needed, and the bands between two places. Bands
    /// between the windows are left out if a window is one band.
    pub(super) fn new(layer: &ConvLayer, extent: &LayerExtent) -> (Self, usize, usize) {
        let ([_, window], [_, stride], [_, rows]) = (layer.window, layer.stride, extent.pooled);
        if window == 1 {
            (Self { window, step: 1, rows }, rows, stride)
        } else {
            (Self { window, step: stride, rows }, extent.output[1], 1)
        }
    }

    /// Returns the number of values in a pooled column; a place has `width` values.
    pub(super) fn len(self, width: usize) -> usize {
        self.rows * width
    }

    /// Writes the rows of one column; a place has `width` values.
    pub(super) fn run(self, places: &[f32], width: usize, out: &mut [f32]) {
        for (row, out) in out.chunks_exact_mut(width).enumerate() {
            let places = &places[row * self.step * width..][..self.window * width];
            fold_maximum(places.chunks_exact(width), out);
        }
    }
}

/// Writes the maximum of several columns.
pub(super) fn fold_maximum<'a>(mut columns: impl Iterator<Item = &'a [f32]>, out: &mut [f32]) {
    if let Some(first) = columns.next() {
        out.copy_from_slice(first);
    }
    for column in columns {
        for (most, value) in out.iter_mut().zip(column) {
            *most = if *value > *most { *value } else { *most };
        }
    }
}

impl PackedLayer {
    /// Packs a layer, of which the part in `extent` is needed. Allocates.
    pub(super) fn new(layer: &ConvLayer, extent: &LayerExtent) -> Self {
        let (pool, places, step) = BandPool::new(layer, extent);
        let [taps, height] = layer.size;
        let rows = (places - 1) * step + height;
        let inputs = padded(layer.inputs);
        let shape = GridShape { inputs: layer.inputs, row: inputs, taps, height, dilation: 1 };
        Self {
            kernel: GridKernel::new(&layer.weights, shape, ActivationCurve::Relu, &layer.activation),
            before: layer.before[0],
            after: taps - 1 - layer.before[0],
            below: layer.before[1] * inputs,
            bands: extent.input[1] * inputs,
            places: GridPlaces { column: rows * inputs, places, step, zeros: 0 },
            pool,
            needed: extent.output[0],
            own: extent.own,
            stride: extent.stride,
            window: layer.window[0],
            step: layer.stride[0],
        }
    }

    /// Returns the number of values in a pooled column.
    pub(super) fn width(&self) -> usize {
        self.pool.len(self.kernel.width())
    }

    /// Returns the number of values in a column of the input.
    pub(super) fn input_column(&self) -> usize {
        self.places.column
    }

    /// Returns the number of values in a column before its pooling.
    pub(super) fn output_column(&self) -> usize {
        self.places.places * self.kernel.width()
    }

    /// Writes a column of the input: `fill` writes its bands, the rest is zeros.
    pub(super) fn write_input(&self, column: &mut [f32], fill: impl FnOnce(&mut [f32])) {
        let (below, rest) = column.split_at_mut(self.below);
        let (bands, above) = rest.split_at_mut(self.bands.min(rest.len()));
        below.fill(0.0);
        fill(bands);
        above.fill(0.0);
    }

    /// Computes columns before their pooling, as many as `out` has room for; `zeros` columns of the input lie before the
    /// first frame of the patch.
    pub(super) fn run(&self, input: &[f32], zeros: usize, out: &mut [f32]) {
        self.kernel.run(input, GridPlaces { zeros, ..self.places }, out);
    }

    /// Pools a column over its bands.
    pub(super) fn pool(&self, column: &[f32], out: &mut [f32]) {
        self.pool.run(column, self.kernel.width(), out);
    }
}
