//! Samples of all stems.

/// Samples of all stems, one vector per channel of each stem. All vectors have the same length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StemBuffers {
    stems: Vec<Vec<Vec<f32>>>,
}

impl StemBuffers {
    /// Returns the number of samples of each channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stems.first().and_then(|stem| stem.first()).map_or(0, Vec::len)
    }

    /// Whether there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the channels of a stem, in the order of the model's names; none before the first samples.
    #[must_use]
    pub fn stem(&self, index: usize) -> &[Vec<f32>] {
        self.stems.get(index).map_or(&[], Vec::as_slice)
    }

    /// Removes all samples; the memory is kept.
    pub fn clear(&mut self) {
        self.stems.iter_mut().flatten().for_each(Vec::clear);
    }

    pub(crate) fn stem_mut(&mut self, index: usize, channels: usize) -> &mut [Vec<f32>] {
        if self.stems.len() <= index {
            self.stems.resize_with(index + 1, Vec::new);
        }
        self.stems[index].resize_with(channels, Vec::new);
        &mut self.stems[index]
    }
}
