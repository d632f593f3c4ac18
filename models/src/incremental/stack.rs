//! Networks of square convolutions, such as VGG, over overlapping patches.
//!
//! Poolings drop the frames and bands at the end of a patch, so only a part of each layer reaches the outputs, and no
//! part that is computed depends on the padding after the last frame. The columns of a layer that depend on the padding
//! before the first frame belong to one patch alone. All others depend on the stream alone, and patches share them if
//! the distance of the patches is a multiple of the frames between two columns of the layer.
//!
//! ```text
//! plane ─► columns of layer 1 (not kept) ─► columns of layer 2 ─► ... ─► pooled columns, flat ─► Classifier
//!                                            └─ of the patch, or kept in a ColumnRing by source position
//! ```
//!
//! No sum is continued from one patch to the next, so the results equal those of a single patch bit for bit.

mod column_ring;
mod engine;
mod extent;
mod layer_columns;
mod packed_layer;
mod packed_stack;
mod stack_buffers;
mod stack_stream;
#[cfg(test)]
mod tests;

pub(crate) use self::engine::StackEngine;
pub(crate) use self::extent::LayerExtent;
use super::kernel::Activation;

/// Network up to its flattened last pooling: blocks of convolution, activation and pooling over a plane of frames and
/// bands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConvStack {
    /// Frames per patch.
    pub(crate) frames: usize,
    /// Bands per frame.
    pub(crate) bands: usize,
    /// Factor of each input value.
    pub(crate) input_scale: f32,
    /// Offset added to each scaled input value.
    pub(crate) input_shift: f32,
    /// Layers in order.
    pub(crate) layers: Vec<ConvLayer>,
}

/// Convolution over time and frequency from all channels to all channels, its activation, and maximum pooling without
/// padding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConvLayer {
    /// `[output][input][tap][band]`.
    pub(crate) weights: Vec<f32>,
    /// Number of input channels.
    pub(crate) inputs: usize,
    /// Length of the kernel in frames and in bands.
    pub(crate) size: [usize; 2],
    /// Zero padding before the first frame and below the first band. The padding on the other side makes the output as
    /// long as the input.
    pub(crate) before: [usize; 2],
    /// Activation of each output channel.
    pub(crate) activation: Activation,
    /// Window of the pooling in frames and bands.
    pub(crate) window: [usize; 2],
    /// Stride of the pooling in frames and bands.
    pub(crate) stride: [usize; 2],
}

impl ConvLayer {
    /// Returns the number of output channels.
    pub(crate) fn outputs(&self) -> usize {
        self.activation.bias.len()
    }
}
