//! Places of a patch's frames in memory that is kept from patch to patch.

/// Slots of a patch's frames in a ring of `len` slots; the first frame lies in `head`.
#[derive(Debug, Clone, Copy)]
pub(super) struct RingIndex {
    head: usize,
    len: usize,
}

impl RingIndex {
    pub(super) fn new(len: usize) -> Self {
        Self { head: 0, len }
    }

    /// The patch moves on.
    pub(super) fn advance(&mut self, frames: usize) {
        self.head = (self.head + frames) % self.len;
    }

    /// The slot of a frame among the first `len` of the patch. Asked so often that a division would count.
    pub(super) fn slot(self, frame: usize) -> usize {
        let slot = self.head + frame;
        if slot < self.len { slot } else { slot - self.len }
    }

    /// The slot of a frame that may lie before the patch.
    pub(super) fn slot_of(self, frame: isize) -> usize {
        (self.head as isize + frame).rem_euclid(self.len as isize) as usize
    }
}
