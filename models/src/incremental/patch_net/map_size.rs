//! Sizes of the maps of a network.

use super::{MapPool, NetLayer, PatchNet};

/// Size of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MapSize {
    /// Frames and bands.
    pub(crate) size: [usize; 2],
    /// Number of channels.
    pub(crate) channels: usize,
}

impl PatchNet {
    /// Returns the size of each map; none if the maps of an input differ in size, a layer has another number of
    /// channels than its input, or a window is longer than its map.
    pub(crate) fn map_sizes(&self) -> Option<Vec<MapSize>> {
        let mut sizes = vec![MapSize { size: self.size, channels: 1 }];
        for layer in &self.layers {
            let size = layer.map_size(&sizes)?;
            sizes.push(size);
        }
        Some(sizes)
    }
}

impl NetLayer {
    /// Returns the size of the output; `sizes` are those of the maps before. None as for [`PatchNet::map_sizes`].
    pub(crate) fn map_size(&self, sizes: &[MapSize]) -> Option<MapSize> {
        let sources = self.sources.iter().map(|&source| sizes.get(source)).collect::<Option<Vec<_>>>()?;
        let size = sources.first()?.size;
        let channels: usize = sources.iter().map(|source| source.channels).sum();
        if sources.iter().any(|source| source.size != size) || channels != self.inputs {
            return None;
        }
        let size = self.pool.as_ref().map_or(Some(size), |pool| pool.pooled(size))?;
        Some(MapSize { size, channels: self.outputs() })
    }

    /// Returns the part of the convolution that reaches the output of the size `map`, in frames and bands.
    pub(crate) fn needed(&self, map: [usize; 2]) -> [usize; 2] {
        let window = self.pool.as_ref().map_or([1, 1], |pool| pool.window);
        std::array::from_fn(|axis| map[axis] * window[axis])
    }
}

impl MapPool {
    /// Returns the size after the pooling; none if the window is longer than the input.
    fn pooled(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let pooled: [usize; 2] = std::array::from_fn(|axis| size[axis] / self.window[axis]);
        (!pooled.contains(&0)).then_some(pooled)
    }
}
