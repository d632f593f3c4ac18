//! Present values of mappings, for display.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bits of a mapping without a value.
const NONE: u64 = u64::MAX;

/// Present value and output of each mapping of a scene file, in the order of the file. Clones share the same values.
#[derive(Debug, Clone)]
pub struct MappingPreview(Arc<[AtomicU64]>);

impl MappingPreview {
    /// Creates the preview of mappings without values.
    pub(super) fn new(mappings: usize) -> Self {
        Self((0..mappings).map(|_| AtomicU64::new(NONE)).collect())
    }

    /// Sets value and output of a mapping.
    pub(super) fn set(&self, index: usize, value: f32, output: f32) {
        if let Some(cell) = self.0.get(index) {
            cell.store(u64::from(value.to_bits()) << 32 | u64::from(output.to_bits()), Relaxed);
        }
    }

    /// Removes all values.
    pub(super) fn clear(&self) {
        self.0.iter().for_each(|cell| cell.store(NONE, Relaxed));
    }

    /// Returns value and output of a mapping; none before the first value. Any thread.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<(f32, f32)> {
        let bits = self.0.get(index)?.load(Relaxed);
        (bits != NONE).then(|| (f32::from_bits((bits >> 32) as u32), f32::from_bits(bits as u32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shared_by_clones_until_they_are_cleared() {
        let preview = MappingPreview::new(2);
        let shown = preview.clone();
        preview.set(1, -12.5, 0.75);
        preview.set(2, 1.0, 1.0);
        assert_eq!([0, 1, 2].map(|index| shown.get(index)), [None, Some((-12.5, 0.75)), None]);
        preview.clear();
        assert_eq!(shown.get(1), None);
    }
}
