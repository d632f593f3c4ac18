//! Columns of one layer for one stream.

use std::ops::Range;

use super::column_ring::ColumnRing;
use super::packed_layer::PackedLayer;

/// Maximum number of columns that are computed together, which bounds the scratch buffers.
pub(super) const MAX_COLUMNS: usize = 8;

/// Columns of one layer, pooled over bands but not over time, so that patches of any distance can share them.
#[derive(Debug)]
pub(super) struct LayerColumns {
    pub(super) width: usize,
    /// `[column][value]`: columns that belong to the current patch alone.
    own: Vec<f32>,
    ring: ColumnRing,
    /// Number of columns computed so far.
    pub(super) computed: usize,
}

impl LayerColumns {
    /// Creates the columns of a new stream. Allocates.
    pub(super) fn new(layer: &PackedLayer) -> Self {
        Self {
            width: layer.width(),
            own: vec![0.0; layer.own * layer.width()],
            ring: ColumnRing::new((layer.needed - layer.own) * layer.stride, layer.width()),
            computed: 0,
        }
    }

    /// Returns the next columns from `from` on that are to be computed for the patch at `position`.
    pub(super) fn missing(&self, layer: &PackedLayer, position: u64, from: usize) -> Option<Range<usize>> {
        let is_missing =
            |column: &usize| *column < layer.own || !self.ring.has(position + (column * layer.stride) as u64);
        let begin = (from..layer.needed).find(is_missing)?;
        let end = (begin..layer.needed.min(begin + MAX_COLUMNS)).find(|column| !is_missing(column));
        Some(begin..end.unwrap_or(layer.needed.min(begin + MAX_COLUMNS)))
    }

    /// Returns a column of the patch at `position`.
    pub(super) fn column(&self, layer: &PackedLayer, position: u64, column: usize) -> &[f32] {
        if column < layer.own {
            &self.own[column * self.width..][..self.width]
        } else {
            self.ring.column(position + (column * layer.stride) as u64)
        }
    }

    /// Returns the place for a column of the patch at `position`.
    pub(super) fn insert(&mut self, layer: &PackedLayer, position: u64, column: usize) -> &mut [f32] {
        if column < layer.own {
            &mut self.own[column * self.width..][..self.width]
        } else {
            self.ring.insert(position + (column * layer.stride) as u64)
        }
    }

    /// Returns the number of stored values.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.own.len() + self.ring.len()
    }
}
