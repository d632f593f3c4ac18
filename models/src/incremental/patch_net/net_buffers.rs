//! Buffers of one run of a network.

/// Buffers that are reused from run to run. They grow in the first one.
#[derive(Debug, Default)]
pub(super) struct NetBuffers {
    /// Maps, by slot.
    pub(super) slots: Vec<Vec<f32>>,
    /// Input of a layer, and its output before the pooling.
    pub(super) input: Vec<f32>,
    pub(super) output: Vec<f32>,
    /// Sum of each channel of the last map.
    pub(super) sums: Vec<f64>,
    /// Mean of each channel, and a scratch buffer of the layers after that.
    pub(super) means: Vec<f32>,
    pub(super) spare: Vec<f32>,
}

#[cfg(test)]
impl NetBuffers {
    /// Returns the number of bytes that the buffers have room for.
    pub(super) fn bytes(&self) -> usize {
        let floats = self.slots.iter().chain([&self.input, &self.output, &self.means, &self.spare]);
        floats.map(|floats| size_of::<f32>() * floats.capacity()).sum::<usize>()
            + size_of::<f64>() * self.sums.capacity()
    }
}
