//! Rows of channels, one for each frame of a stream, of which the last ones are kept.

use std::ops::Range;

/// A ring of rows.
#[derive(Debug)]
pub(super) struct Rows {
    width: usize,
    len: usize,
    values: Vec<f32>,
}

impl Rows {
    /// Keeps the last `len` rows of `width` values. Allocates.
    pub(super) fn new(len: usize, width: usize) -> Self {
        Self { width, len, values: vec![0.0; len * width] }
    }

    /// Values of a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The row of a frame.
    pub(super) fn row(&self, frame: usize) -> &[f32] {
        &self.values[frame % self.len * self.width..][..self.width]
    }

    /// As [`Rows::row`], to write.
    pub(super) fn row_mut(&mut self, frame: usize) -> &mut [f32] {
        &mut self.values[frame % self.len * self.width..][..self.width]
    }

    /// The rows of `frames` in two pieces, of which the second may be empty.
    pub(super) fn pieces(&self, frames: Range<usize>) -> [&[f32]; 2] {
        let begin = frames.start % self.len;
        let first = frames.len().min(self.len - begin);
        let second = frames.len() - first;
        [&self.values[begin * self.width..][..first * self.width], &self.values[..second * self.width]]
    }
}
