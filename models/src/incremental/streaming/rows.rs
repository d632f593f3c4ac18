//! Ring of the last rows of channels of a stream, one row per frame.

use std::ops::Range;

/// Ring of rows.
#[derive(Debug)]
pub(super) struct Rows {
    width: usize,
    len: usize,
    values: Vec<f32>,
}

impl Rows {
    /// Creates a ring of the last `len` rows of `width` values. Allocates.
    pub(super) fn new(len: usize, width: usize) -> Self {
        Self { width, len, values: vec![0.0; len * width] }
    }

    /// Returns the number of values in a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns the row of a frame.
    pub(super) fn row(&self, frame: usize) -> &[f32] {
        &self.values[frame % self.len * self.width..][..self.width]
    }

    /// Returns the row of a frame for writing.
    pub(super) fn row_mut(&mut self, frame: usize) -> &mut [f32] {
        &mut self.values[frame % self.len * self.width..][..self.width]
    }

    /// Returns the rows of `frames` as two contiguous slices, of which the second may be empty.
    pub(super) fn pieces(&self, frames: Range<usize>) -> [&[f32]; 2] {
        let begin = frames.start % self.len;
        let first = frames.len().min(self.len - begin);
        let second = frames.len() - first;
        [&self.values[begin * self.width..][..first * self.width], &self.values[..second * self.width]]
    }
}
