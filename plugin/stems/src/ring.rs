//! Rings between the audio thread and the worker thread.

use std::iter::repeat_n;

use ringbuf::HeapRb;

/// Creates an empty ring of which every page was written once. The first write to a page enters the kernel, which the
/// audio thread must not do.
pub(crate) fn prefaulted_ring<T: Copy>(capacity: usize, filler: T) -> HeapRb<T> {
    let mut ring = HeapRb::new(capacity);
    ring.push_iter(repeat_n(filler, capacity));
    ring.clear();
    ring
}
