//! Evaluation of a stack for one stream: a patch in, its flattened values out.

use std::sync::Arc;

use super::layer_columns::LayerColumns;
use super::packed_layer::fold_maximum;
use super::packed_stack::PackedStack;
use super::stack_buffers::StackBuffers;
use crate::incremental::kernel::padded;

/// Evaluator of a stack for one stream.
#[derive(Debug)]
pub(super) struct StackStream {
    stack: Arc<PackedStack>,
    /// Position of the patch in frames of the stream, at least 1. It jumps where a patch shares nothing with the previous
    /// one.
    position: u64,
    plane: Vec<f32>,
    layers: Vec<LayerColumns>,
    buffers: StackBuffers,
}

impl StackStream {
    /// Creates the evaluator of a new stream. Allocates.
    pub(super) fn new(stack: Arc<PackedStack>) -> Self {
        let layers = stack.layers.iter().map(LayerColumns::new).collect();
        Self { position: 1, plane: Vec::new(), layers, buffers: StackBuffers::new(&stack), stack }
    }

    /// Processes a patch, of which `new_frames` frames at its end were not in the previous patch, and adds the flattened
    /// values to `flat`. Frames that do not reach the outputs may be absent.
    pub(super) fn run_patch(&mut self, patch: &[f32], new_frames: usize, flat: &mut Vec<f32>) {
        let Self { stack, position, plane, layers, buffers } = self;
        let frames = patch.len() / stack.bands;
        // After a jump by more than a patch, no column that was kept is within the patch.
        *position += if new_frames < frames { new_frames } else { 2 * frames } as u64;
        stack.first.write_plane(&patch[..stack.frames * stack.bands], stack.bands, plane);
        for (index, layer) in stack.layers.iter().enumerate() {
            let (below, here) = layers.split_at_mut(index);
            let (below, Some(here)) = (below.last().zip(stack.layers[..index].last()), here.first_mut()) else { break };
            let mut column = 0;
            while let Some(missing) = here.missing(layer, *position, column) {
                column = missing.end;
                here.computed += missing.len();
                match below {
                    Some((columns, below)) => {
                        let column = |column| columns.column(below, *position, column);
                        buffers.write_input(layer, &missing, (below.window, below.step), column);
                    }
                    None => buffers.write_first_input(stack, plane, layer, &missing),
                }
                buffers.run(layer, *position, missing, here);
            }
        }
        let Some((columns, layer)) = layers.last().zip(stack.layers.last()) else { return };
        let pooled = &mut buffers.pooled;
        pooled.resize(columns.width, 0.0);
        for column in 0..stack.columns {
            let values = column * layer.step..column * layer.step + layer.window;
            fold_maximum(values.map(|column| columns.column(layer, *position, column)), pooled);
            // Channels are padded to whole blocks.
            let rows = pooled.chunks_exact(padded(stack.channels));
            rows.for_each(|row| flat.extend_from_slice(&row[..stack.channels]));
        }
    }
}

#[cfg(test)]
impl StackStream {
    /// Returns the number of values that the buffers have room for.
    pub(super) fn values(&self) -> usize {
        self.plane.capacity() + self.buffers.len() + self.layers.iter().map(LayerColumns::len).sum::<usize>()
    }

    /// Returns the number of columns of each layer after the first that were computed so far.
    pub(super) fn computed(&self) -> Vec<usize> {
        self.layers.iter().map(|layer| layer.computed).collect()
    }
}
