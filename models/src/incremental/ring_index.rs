//! Ring index of the frames of a patch, for buffers that are reused from patch to patch.

/// Ring index of the frames of a patch: `len` slots, of which `head` has the first frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct RingIndex {
    head: usize,
    len: usize,
}

impl RingIndex {
    /// Creates an index for `len` slots.
    pub(super) fn new(len: usize) -> Self {
        Self { head: 0, len }
    }

    /// Moves the patch by `frames` frames.
    pub(super) fn advance(&mut self, frames: usize) {
        self.head = (self.head + frames) % self.len;
    }

    /// Returns the slot of one of the first `len` frames of the patch, without a division, which would be too slow
    /// here.
    pub(super) fn slot(self, frame: usize) -> usize {
        let slot = self.head + frame;
        if slot < self.len { slot } else { slot - self.len }
    }

    /// Returns the slot of a frame that may precede the patch.
    pub(super) fn index_of(self, frame: isize) -> usize {
        (self.head as isize + frame).rem_euclid(self.len as isize) as usize
    }
}
