//! Buffers between the layers of a stack, and the computation of columns in them.

use std::ops::Range;

use super::layer_columns::{LayerColumns, MAX_COLUMNS};
use super::packed_layer::{PackedLayer, fold_maximum};
use super::packed_stack::PackedStack;

/// Buffers that are reused between layers and calls.
#[derive(Debug)]
pub(super) struct StackBuffers {
    /// Columns of the first layer before and after their pooling over bands.
    first: Vec<f32>,
    pub(super) pooled: Vec<f32>,
    /// Columns of the input of a layer, and its output before the pooling.
    input: Vec<f32>,
    output: Vec<f32>,
}

impl StackBuffers {
    /// Creates the buffers, as large as they become. Allocates.
    pub(super) fn new(stack: &PackedStack) -> Self {
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
    pub(super) fn write_input<'a>(
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
    pub(super) fn write_first_input(
        &mut self,
        stack: &PackedStack,
        plane: &[f32],
        layer: &PackedLayer,
        range: &Range<usize>,
    ) {
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
    pub(super) fn run(&mut self, layer: &PackedLayer, position: u64, range: Range<usize>, columns: &mut LayerColumns) {
        self.output.resize(range.len() * layer.output_column(), 0.0);
        layer.run(&self.input, layer.before.saturating_sub(range.start), &mut self.output);
        for (column, output) in range.zip(self.output.chunks_exact(layer.output_column())) {
            let out = columns.insert(layer, position, column);
            layer.pool(output, out);
        }
    }

    /// Returns the number of values that the buffers have room for.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        [&self.first, &self.pooled, &self.input, &self.output].map(Vec::capacity).iter().sum()
    }
}
