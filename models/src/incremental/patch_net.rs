//! Networks of convolutions over whole patches, such as TempoCNN.
//!
//! Each patch is normalized by itself, so patches have no columns in common, and each is computed from its own frames
//! alone. The layers are those of a plan: any earlier maps side by side as the input, a convolution with zero padding and
//! dilated taps, an activation, and a pooling.
//!
//! ```text
//! patch ─► map 0 ─► MapInput ─► GridKernel ─► MapPool ─► map 1 ─► ... ─► last map ─► mean of each channel ─► Classifier
//!                     └─ earlier maps, scaled, between zeros
//! ```

mod engine;
mod folded_weights;
mod map_input;
mod map_layout;
mod map_size;
mod net_buffers;
mod packed_conv;
mod packed_net;
mod packed_pool;
mod slots;
#[cfg(test)]
mod tests;

pub(crate) use self::engine::PatchNetEngine;
pub(crate) use self::map_size::MapSize;
use super::kernel::{Activation, ActivationCurve};

/// Network up to the mean of each channel over the last map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PatchNet {
    /// Frames and bands of a patch.
    pub(crate) size: [usize; 2],
    /// Factor of each input value.
    pub(crate) input_scale: f32,
    /// Offset added to each scaled input value.
    pub(crate) input_shift: f32,
    /// Layers in order, at least one.
    pub(crate) layers: Vec<NetLayer>,
}

/// Convolution over time and frequency from several maps to a new one, with its activation and pooling.
///
/// Map 0 is the patch, with one channel; map `n` is the output of layer `n - 1`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NetLayer {
    /// Maps whose channels are the input, in order.
    pub(crate) sources: Vec<usize>,
    /// Scale and shift of each input channel, before the zero padding.
    pub(crate) input: Option<ChannelAffine>,
    /// `[output][input][tap][band]`.
    pub(crate) weights: Vec<f32>,
    /// Number of input channels.
    pub(crate) inputs: usize,
    /// Length of the kernel in frames and in bands.
    pub(crate) size: [usize; 2],
    /// Frames from one tap to the next.
    pub(crate) dilation: usize,
    /// Zero padding before the first frame and below the first band. The padding on the other side makes the output as
    /// long as the input.
    pub(crate) before: [usize; 2],
    /// Curve of the activation.
    pub(crate) curve: ActivationCurve,
    /// Activation of each output channel.
    pub(crate) activation: Activation,
    /// Pooling after the activation.
    pub(crate) pool: Option<MapPool>,
}

/// Pooling without padding, whose windows do not overlap.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MapPool {
    /// Value of a window.
    pub(crate) kind: PoolKind,
    /// Window in frames and bands.
    pub(crate) window: [usize; 2],
    /// Scale and shift of each pooled channel.
    pub(crate) affine: Option<ChannelAffine>,
}

/// Value of the window of a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoolKind {
    /// Largest value.
    Maximum,
    /// Mean of the values.
    Mean,
}

/// Scale and shift of each channel: `scale * x + shift`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChannelAffine {
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
}

impl NetLayer {
    /// Returns the number of output channels.
    pub(crate) fn outputs(&self) -> usize {
        self.activation.bias.len()
    }

    /// Returns the number of columns of the input that a column of the output depends on.
    pub(crate) fn span(&self) -> usize {
        (self.size[0] - 1) * self.dilation + 1
    }
}
