//! Place of the values of a map.

use super::map_size::MapSize;

/// Place of the values of a map, `[column][band][channel]`, in the buffers of a network.
#[derive(Debug, Clone, Copy)]
pub(super) struct MapLayout {
    /// Index of the buffer.
    pub(super) slot: usize,
    pub(super) map: MapSize,
    /// Number of values from one column to the next, and from one band to the next.
    pub(super) column: usize,
    pub(super) row: usize,
}

impl MapLayout {
    /// Returns the layout of a map without gaps.
    pub(super) fn dense(slot: usize, map: MapSize) -> Self {
        Self { slot, map, column: map.size[1] * map.channels, row: map.channels }
    }

    /// Returns the number of values in the buffer.
    pub(super) fn len(&self) -> usize {
        self.map.size[0] * self.column
    }

    /// Iterates over the columns of the map in `values`.
    pub(super) fn columns<'a>(&self, values: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
        values.chunks_exact(self.column).take(self.map.size[0])
    }
}
