//! Part of each layer that reaches the outputs of a stack.

use super::{ConvLayer, ConvStack};

/// Part of a layer that reaches the outputs, per axis: frames, then bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerExtent {
    /// Length of the needed part of the input.
    pub(crate) input: [usize; 2],
    /// Length of the needed part of the convolution, before its pooling.
    pub(crate) output: [usize; 2],
    /// Length of the needed part of the pooling.
    pub(crate) pooled: [usize; 2],
    /// Frames of the stream between two columns of the convolution.
    pub(crate) stride: usize,
    /// Number of columns of the convolution that depend on the padding before the first frame.
    pub(crate) own: usize,
}

impl ConvStack {
    /// Returns the needed part of each layer; none if a window is longer than its input, or if a needed column depends
    /// on the padding after the last frame.
    pub(crate) fn extents(&self) -> Option<Vec<LayerExtent>> {
        let mut sizes = vec![[self.frames, self.bands]];
        for layer in &self.layers {
            sizes.push(layer.pooled(*sizes.last()?)?);
        }
        let mut pooled = sizes.pop()?;
        let mut extents = Vec::new();
        for (layer, size) in self.layers.iter().zip(&sizes).rev() {
            let output: [usize; 2] =
                std::array::from_fn(|axis| (pooled[axis] - 1) * layer.stride[axis] + layer.window[axis]);
            let after: [usize; 2] = std::array::from_fn(|axis| layer.size[axis] - 1 - layer.before[axis]);
            if output[0] + after[0] > size[0] {
                return None;
            }
            let input = [output[0] + after[0], size[1].min(output[1] + after[1])];
            extents.push(LayerExtent { input, output, pooled, stride: 0, own: 0 });
            pooled = input;
        }
        extents.reverse();
        let (mut stride, mut own) = (1, 0);
        for (layer, extent) in self.layers.iter().zip(&mut extents) {
            own = (own + layer.before[0]).min(extent.output[0]);
            (extent.stride, extent.own) = (stride, own);
            stride *= layer.stride[0];
            own = own.div_ceil(layer.stride[0]);
        }
        Some(extents)
    }
}

impl ConvLayer {
    /// Returns the size after the pooling; none if the window is longer than the input.
    fn pooled(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let along = |axis: usize| Some(size[axis].checked_sub(self.window[axis])? / self.stride[axis] + 1);
        Some([along(0)?, along(1)?])
    }
}

impl LayerExtent {
    /// Returns the number of multiplications of the needed part of a layer.
    #[cfg(test)]
    pub(crate) fn products(&self, layer: &ConvLayer) -> usize {
        let bands = if layer.window[1] == 1 { self.pooled[1] } else { self.output[1] };
        self.output[0] * bands * layer.weights.len()
    }
}
