//! Evaluation of a stack for one stream: a patch in, its flattened values out.

use std::ops::Range;
use std::sync::Arc;

use super::column_ring::ColumnRing;
use super::packed_layer::{PackedLayer, fold_maximum};
use super::packed_stack::PackedStack;
use crate::incremental::kernel::padded;

/// Maximum number of columns that are computed together, which bounds the scratch buffers.
const MAX_COLUMNS: usize = 8;

/// Evaluator of a stack for one stream.
#[derive(Debug)]
pub(super) struct StackStream {
    stack: Arc<PackedStack>,
    /// Position of the patch in frames of the stream, at least 1. It jumps where a patch shares nothing with the previous one.
    position: u64,
    plane: Vec<f32>,
    layers: Vec<LayerColumns>,
    scratch: Scratch,
}

/// Columns of one layer, pooled over bands but not over time, so that patches of any distance can share them.
#[derive(Debug)]
struct LayerColumns {
    width: usize,
    /// `[column][value]`: columns that belong to the current patch alone.
    own: Vec<f32>,
    ring: ColumnRing,
}

/// Buffers that are reused between layers and calls.
#[derive(Debug, Default)]
struct Scratch {
    /// Columns of the first layer before and after their pooling over bands.
    first: Vec<f32>,
    pooled: Vec<f32>,
    /// Columns of the input of a layer, and its output before the pooling.
    input: Vec<f32>,
    output: Vec<f32>,
}

impl StackStream {
    /// Creates the evaluator of a new stream. Allocates.
    pub(super) fn new(stack: Arc<PackedStack>) -> Self {
        let columns = |layer: &PackedLayer| LayerColumns {
            width: layer.width(),
            own: vec![0.0; layer.own * layer.width()],
            ring: ColumnRing::new((layer.needed - layer.own) * layer.stride, layer.width()),
        };
        let layers = stack.layers.iter().map(columns).collect();
        Self { position: 1, plane: Vec::new(), layers, scratch: Scratch::new(&stack), stack }
    }

    /// Processes a patch, of which `new_frames` frames at its end were not in the previous patch, and adds the flattened
    /// values to `flat`. Frames that do not reach the outputs may be absent.
    pub(super) fn run_patch(&mut self, patch: &[f32], new_frames: usize, flat: &mut Vec<f32>) {
        let Self { stack, position, plane, layers, scratch } = self;
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
                match below {
                    Some((columns, below)) => {
                        let column = |column| columns.column(below, *position, column);
                        scratch.write_input(layer, &missing, (below.window, below.step), column);
                    }
                    None => scratch.write_first_input(stack, plane, layer, &missing),
                }
                scratch.run(layer, *position, missing, here);
            }
        }
        let Some((columns, layer)) = layers.last().zip(stack.layers.last()) else { return };
        let pooled = &mut scratch.pooled;
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
        let Scratch { first, pooled, input, output } = &self.scratch;
        let columns = self.layers.iter().map(|layer| layer.own.len() + layer.ring.len());
        let buffers = [&self.plane, first, pooled, input, output].map(Vec::capacity);
        buffers.iter().sum::<usize>() + columns.sum::<usize>()
    }
}

impl LayerColumns {
    /// Returns the next columns from `from` on that are to be computed for the patch at `position`.
    fn missing(&self, layer: &PackedLayer, position: u64, from: usize) -> Option<Range<usize>> {
        let is_missing =
            |column: &usize| *column < layer.own || !self.ring.has(position + (column * layer.stride) as u64);
        let begin = (from..layer.needed).find(is_missing)?;
        let end = (begin..layer.needed.min(begin + MAX_COLUMNS)).find(|column| !is_missing(column));
        Some(begin..end.unwrap_or(layer.needed.min(begin + MAX_COLUMNS)))
    }

    /// Returns a column of the patch at `position`.
    fn column(&self, layer: &PackedLayer, position: u64, column: usize) -> &[f32] {
        if column < layer.own {
            &self.own[column * self.width..][..self.width]
        } else {
            self.ring.column(position + (column * layer.stride) as u64)
        }
    }
}

impl Scratch {
    /// Creates the buffers, as large as they become. Allocates.
    fn new(stack: &PackedStack) -> Self {
        let most =
            |len: &dyn Fn(&PackedLayer) -> usize| Vec::with_capacity(stack.layers.iter().map(len).max().unwrap_or(0));
        let inputs = |layer: &PackedLayer| layer.needed.min(MAX_COLUMNS) + layer.before + layer.after;
        let first = stack.layers.first().map_or(0, |layer| (inputs(layer) - 1) * stack.first.step + stack.first.window);
        Self {
            first: Vec::with_capacity(first * stack.first.output_column()),
            pooled: Vec::new(),
            input: most(&|layer| inputs(layer) * layer.input_column()),
            output: most(&|layer| layer.needed.min(MAX_COLUMNS) * layer.output_column()),
        }
    }

    /// Writes the input of the columns `range` of a layer after the second: maxima over columns of the layer before.
    fn write_input<'a>(
        &mut self,
        layer: &PackedLayer,
        range: &Range<usize>,
        (window, step): (usize, usize),
        column: impl Fn(usize) -> &'a [f32],
    ) {
        let inputs = range.start as isize - layer.before as isize..(range.end + layer.after) as isize;
        self.input.resize(inputs.len() * layer.input_column(), 0.0);
        for (index, out) in inputs.zip(self.input.chunks_exact_mut(layer.input_column())) {
            match usize::try_from(index) {
                Ok(index) => {
                    let columns = index * step..index * step + window;
                    layer.write_input(out, |out| fold_maximum(columns.map(&column), out));
                }
                Err(_) => out.fill(0.0),
            }
        }
    }

    /// Writes the input of the columns `range` of the second layer, which it computes from the plane.
    fn write_first_input(&mut self, stack: &PackedStack, plane: &[f32], layer: &PackedLayer, range: &Range<usize>) {
        let first = &stack.first;
        let begin = range.start.saturating_sub(layer.before) * first.step;
        let end = (range.end + layer.after - 1) * first.step + first.window;
        let (mut computed, mut pooled) = (std::mem::take(&mut self.first), std::mem::take(&mut self.pooled));
        computed.resize((end - begin) * first.output_column(), 0.0);
        first.run(plane, begin, &mut computed);
        let columns = if first.pools() {
            pooled.resize((end - begin) * first.width(), 0.0);
            let outputs = pooled.chunks_exact_mut(first.width());
            computed.chunks_exact(first.output_column()).zip(outputs).for_each(|(column, out)| first.pool(column, out));
            &pooled
        } else {
            &computed
        };
        let column = |column: usize| &columns[(column - begin) * first.width()..][..first.width()];
        self.write_input(layer, range, (first.window, first.step), column);
        (self.first, self.pooled) = (computed, pooled);
    }

    /// Computes the columns `range` of a layer from its input, and stores them.
    fn run(&mut self, layer: &PackedLayer, position: u64, range: Range<usize>, columns: &mut LayerColumns) {
        self.output.resize(range.len() * layer.output_column(), 0.0);
        layer.run(&self.input, layer.before.saturating_sub(range.start), &mut self.output);
        for (column, output) in range.zip(self.output.chunks_exact(layer.output_column())) {
            let out = if column < layer.own {
                &mut columns.own[column * columns.width..][..columns.width]
            } else {
                columns.ring.insert(position + (column * layer.stride) as u64)
            };
            layer.pool(output, out);
        }
    }
}
