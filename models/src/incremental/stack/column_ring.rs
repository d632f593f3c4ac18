//! Columns of a layer that depend on the stream alone, by their position in it.

/// Ring of columns, each with the position in frames of the stream at which it was computed.
#[derive(Debug)]
pub(super) struct ColumnRing {
    width: usize,
    /// `[slot]`: position of the column, 0 if there is none.
    positions: Vec<u64>,
    /// `[slot][value]`.
    values: Vec<f32>,
}

impl ColumnRing {
    /// Creates a ring for columns of `width` values in `len` consecutive frames. Allocates.
    pub(super) fn new(len: usize, width: usize) -> Self {
        Self { width, positions: vec![0; len], values: vec![0.0; len * width] }
    }

    /// Whether the ring has the column at `position`.
    pub(super) fn has(&self, position: u64) -> bool {
        self.positions.get(self.slot(position)) == Some(&position)
    }

    /// Returns the column at `position`, which the ring has.
    pub(super) fn column(&self, position: u64) -> &[f32] {
        &self.values[self.slot(position) * self.width..][..self.width]
    }

    /// Returns the place for the column at `position`.
    pub(super) fn insert(&mut self, position: u64) -> &mut [f32] {
        let slot = self.slot(position);
        self.positions[slot] = position;
        &mut self.values[slot * self.width..][..self.width]
    }

    /// Returns the number of stored values.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    fn slot(&self, position: u64) -> usize {
        (position % self.positions.len().max(1) as u64) as usize
    }
}
