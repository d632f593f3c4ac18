//! Parameters of a network that can be evaluated incrementally, as plain numbers.

use super::kernel::Activation;

/// Network up to its pooling over time:
///
/// ```text
/// plane ─┬─ convolution over time and frequency ─ maximum over frequency ─┬─ front
///        └─ ... (branches)                                                ┘
/// front ─── convolution over time ─── convolution over time, plus its input ─ ... (middles)
/// maximum and mean over time of every channel of all of them
/// ```
///
/// Every convolution is followed by an [`Activation`] and zero-padded in time, so values at the borders of a patch
/// differ from those of the same frames in the middle of another patch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trunk {
    /// Frames per patch.
    pub(crate) frames: usize,
    /// Bands per frame.
    pub(crate) bands: usize,
    /// Factor of each input value.
    pub(crate) input_scale: f32,
    /// Offset added to each scaled input value.
    pub(crate) input_shift: f32,
    /// Branches of the front, in the order of its channels.
    pub(crate) branches: Vec<Branch>,
    /// Layers after the front.
    pub(crate) middles: Vec<Middle>,
}

/// Convolution over time and frequency, followed by the maximum over frequency.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Branch {
    /// `[channel][tap][band]`.
    pub(crate) weights: Vec<f32>,
    /// Length of the kernel in frames.
    pub(crate) taps: usize,
    /// Height of the kernel in bands.
    pub(crate) height: usize,
    /// Zero padding before the first frame, in frames.
    pub(crate) before: usize,
    /// Activation of each channel.
    pub(crate) activation: Activation,
}

/// Convolution over time and all channels of the previous layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Middle {
    /// `[output][input][tap]`.
    pub(crate) weights: Vec<f32>,
    /// Number of input channels.
    pub(crate) inputs: usize,
    /// Length of the kernel in frames.
    pub(crate) taps: usize,
    /// Zero padding before the first frame, in frames.
    pub(crate) before: usize,
    /// Activation of each channel.
    pub(crate) activation: Activation,
    /// Whether the input is added to the output.
    pub(crate) residual: bool,
}

impl Branch {
    /// Returns the number of output channels.
    pub(crate) fn channels(&self) -> usize {
        self.activation.bias.len()
    }

    /// Returns the zero padding after the last frame, in frames.
    pub(crate) fn after(&self) -> usize {
        self.taps - 1 - self.before
    }
}

impl Middle {
    /// Returns the number of output channels.
    pub(crate) fn outputs(&self) -> usize {
        self.activation.bias.len()
    }
}

impl Trunk {
    /// Returns the number of channels of the front.
    pub(crate) fn front(&self) -> usize {
        self.branches.iter().map(Branch::channels).sum()
    }

    /// Returns the number of pooled channels.
    pub(crate) fn channels(&self) -> usize {
        self.front() + self.middles.iter().map(Middle::outputs).sum::<usize>()
    }
}
