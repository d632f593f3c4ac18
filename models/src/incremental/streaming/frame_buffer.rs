//! Sliding buffer of the last frames of a stream.

/// Sliding buffer of frames in contiguous memory, so that a convolution may run over any of them.
#[derive(Debug)]
pub(super) struct FrameBuffer {
    bands: usize,
    /// Frames that are kept before those that come.
    keep: usize,
    values: Vec<f32>,
    /// The frame that lies `keep` frames behind the first value.
    first: usize,
}

impl FrameBuffer {
    /// Keeps `keep` frames before those that come, which are `most` at a time. Allocates.
    pub(super) fn new(bands: usize, keep: usize, most: usize) -> Self {
        let mut values = Vec::with_capacity((keep + 2 * most) * bands);
        values.resize(keep * bands, 0.0);
        Self { bands, keep, values, first: 0 }
    }

    /// Begins anew, with silence before.
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

    /// All that is kept, to be addressed by [`FrameBuffer::place`].
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Where, in frames, the frame lies that is `before` frames before `frame`.
    pub(super) fn place(&self, frame: usize, before: usize) -> isize {
        (frame + self.keep) as isize - (self.first + before) as isize
    }
}
