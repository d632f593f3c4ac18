//! What a network of columns is made of, as plain numbers.

use super::kernel::Activation;

/// A network up to its pooling over time:
///
/// ```text
/// plane ─┬─ convolution over time and frequency ─ maximum over frequency ─┬─ front
///        └─ ... (branches)                                                ┘
/// front ─── convolution over time ─── convolution over time, plus its input ─ ... (middles)
/// maximum over time, mean over time of all of them, a channel each
/// ```
///
/// Every convolution is followed by an [`Activation`] and padded with zeros in time, so that a patch's borders differ
/// from the same frames in the middle of another patch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trunk {
    /// Frames in a patch.
    pub(crate) frames: usize,
    /// Bands of a frame.
    pub(crate) bands: usize,
    /// What happens to each value of a patch first: it is multiplied by this ...
    pub(crate) input_scale: f32,
    /// ... and this is added.
    pub(crate) input_shift: f32,
    /// The front, in the order of its channels.
    pub(crate) branches: Vec<Branch>,
    /// The layers behind it.
    pub(crate) middles: Vec<Middle>,
}

/// A convolution over the plane, and the maximum over frequency.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Branch {
    /// `[channel][tap][band]`.
    pub(crate) weights: Vec<f32>,
    /// Frames that it spans.
    pub(crate) taps: usize,
    /// Bands that it spans.
    pub(crate) height: usize,
    /// Zeros before the first frame.
    pub(crate) before: usize,
    /// What follows, a channel each.
    pub(crate) activation: Activation,
}

/// A convolution over all channels of the layer before.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Middle {
    /// `[output][input][tap]`.
    pub(crate) weights: Vec<f32>,
    /// Channels that it takes.
    pub(crate) inputs: usize,
    /// Frames that it spans.
    pub(crate) taps: usize,
    /// Zeros before the first frame.
    pub(crate) before: usize,
    /// What follows, a channel each.
    pub(crate) activation: Activation,
    /// Whether its input is added to its output.
    pub(crate) residual: bool,
}

impl Branch {
    /// Channels that it gives.
    pub(crate) fn channels(&self) -> usize {
        self.activation.bias.len()
    }

    /// Zeros behind the last frame.
    pub(crate) fn after(&self) -> usize {
        self.taps - 1 - self.before
    }
}

impl Middle {
    /// Channels that it gives.
    pub(crate) fn outputs(&self) -> usize {
        self.activation.bias.len()
    }
}

impl Trunk {
    /// Channels of the front.
    pub(crate) fn front(&self) -> usize {
        self.branches.iter().map(Branch::channels).sum()
    }

    /// Channels of everything that is pooled.
    pub(crate) fn channels(&self) -> usize {
        self.front() + self.middles.iter().map(Middle::outputs).sum::<usize>()
    }
}
