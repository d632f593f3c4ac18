//! Stack with packed weights.

use super::packed_layer::{BandPool, PackedLayer};
use super::{ConvStack, LayerExtent};
use crate::incremental::kernel::{PlaneKernel, PlanePlaces};

/// Stack with its weights packed for the kernels; streams share it.
#[derive(Debug)]
pub(super) struct PackedStack {
    pub(super) bands: usize,
    /// Number of frames that reach the outputs.
    pub(super) frames: usize,
    pub(super) first: FirstLayer,
    pub(super) layers: Vec<PackedLayer>,
    /// Number of flattened columns, and number of channels in each of their rows.
    pub(super) columns: usize,
    pub(super) channels: usize,
}

/// First layer, which takes the plane.
///
/// It costs so little that its columns are not kept. A column is the maximum over as many frames as its pooling moves
/// by, if the window is a multiple of that, else one frame.
#[derive(Debug)]
pub(super) struct FirstLayer {
    kernel: PlaneKernel,
    places: PlanePlaces,
    pool: BandPool,
    input_scale: f32,
    input_shift: f32,
    before: [usize; 2],
    after: usize,
    /// Number of bands of the plane that reach the outputs.
    bands: usize,
    /// Number of columns of which an input column of the next layer is the maximum, and columns from one to the next.
    pub(super) window: usize,
    pub(super) step: usize,
}

impl PackedStack {
    /// Packs a stack; none if a part after the last frame is needed, or if there is no layer after the first. Allocates.
    pub(super) fn new(stack: &ConvStack) -> Option<Self> {
        let extents = stack.extents()?;
        let layers = stack.layers.iter().zip(&extents).skip(1).map(|(layer, extent)| PackedLayer::new(layer, extent));
        let (first, last) = (extents.first()?, extents.last().filter(|_| extents.len() > 1)?);
        Some(Self {
            bands: stack.bands,
            frames: first.input[0],
            first: FirstLayer::new(stack, first)?,
            layers: layers.collect(),
            columns: last.pooled[0],
            channels: stack.layers.last()?.outputs(),
        })
    }
}

impl FirstLayer {
    fn new(stack: &ConvStack, extent: &LayerExtent) -> Option<Self> {
        let layer = stack.layers.first()?;
        let (pool, places, step) = BandPool::new(layer, extent);
        let ([taps, height], [window, _], [stride, _]) = (layer.size, layer.window, layer.stride);
        let frames = if window.is_multiple_of(stride) { stride } else { 1 };
        Some(Self {
            kernel: PlaneKernel::new(&layer.weights, layer.size, &layer.activation),
            places: PlanePlaces { row: (places - 1) * step + height, places, step, frames },
            pool,
            input_scale: stack.input_scale,
            input_shift: stack.input_shift,
            before: layer.before,
            after: taps - 1 - layer.before[0],
            bands: extent.input[1],
            window: window / frames,
            step: stride / frames,
        })
    }

    /// Returns the number of values in a pooled column.
    pub(super) fn width(&self) -> usize {
        self.pool.len(self.kernel.width())
    }

    /// Returns the number of values in a column before its pooling over bands.
    pub(super) fn output_column(&self) -> usize {
        self.places.places * self.kernel.width()
    }

    /// Writes the needed part of a patch to `plane`, scaled, with the padding before it and around it.
    pub(super) fn write_plane(&self, patch: &[f32], bands: usize, plane: &mut Vec<f32>) {
        let [before, below] = self.before;
        plane.clear();
        plane.resize(before * self.places.row, 0.0);
        for frame in patch.chunks_exact(bands) {
            let end = plane.len() + self.places.row;
            plane.resize(plane.len() + below, 0.0);
            let needed = &frame[..self.bands.min(self.places.row - below)];
            plane.extend(needed.iter().map(|value| value * self.input_scale + self.input_shift));
            plane.resize(end, 0.0);
        }
    }

    /// Computes the columns from `first` on of the patch in `plane`, as many as `out` has room for, before their pooling
    /// over bands.
    pub(super) fn run(&self, plane: &[f32], first: usize, out: &mut [f32]) {
        let columns = out.len() / self.output_column();
        let begin = first * self.places.frames * self.places.row;
        let frames = columns * self.places.frames + self.before[0] + self.after;
        self.kernel.run(&plane[begin..][..frames * self.places.row], self.places, out);
    }

    /// Whether a row of a pooled column is the maximum of several places.
    pub(super) fn pools(&self) -> bool {
        self.pool.window > 1
    }

    /// Pools a column over its bands.
    pub(super) fn pool(&self, column: &[f32], out: &mut [f32]) {
        self.pool.run(column, self.kernel.width(), out);
    }
}
