//! Sliding buffer of the last frames of a stream.

/// Contiguous sliding buffer of frames, over which a convolution can run.
#[derive(Debug)]
pub(super) struct FrameBuffer {
    bands: usize,
    /// Number of stored frames before the new ones.
    keep: usize,
    values: Vec<f32>,
    /// Index of the frame that is `keep` frames after the first value.
    first: usize,
}

impl FrameBuffer {
    /// Creates a buffer that stores `keep` frames before the new ones, of which at most `most` are added at a time.
    /// Allocates.
    pub(super) fn new(bands: usize, keep: usize, most: usize) -> Self {
        let mut values = Vec::with_capacity((keep + 2 * most) * bands);
        values.resize(keep * bands, 0.0);
        Self { bands, keep, values, first: 0 }
    }

    /// Restarts with silence before the first frame.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.values.resize(self.keep * self.bands, 0.0);
        self.first = 0;
    }

    /// Appends values of whole frames.
    pub(super) fn extend(&mut self, values: impl ExactSizeIterator<Item = f32>) {
        if self.values.len() + values.len() > self.values.capacity() {
            let old = self.values.len() - self.keep * self.bands;
            self.values.drain(..old);
            self.first += old / self.bands;
        }
        self.values.extend(values);
    }

    /// Returns all stored values, addressed by [`FrameBuffer::place`].
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns the position, in frames of [`FrameBuffer::values`], of the frame that is `before` frames before `frame`.
    pub(super) fn place(&self, frame: usize, before: usize) -> isize {
        (frame + self.keep) as isize - (self.first + before) as isize
    }
}
