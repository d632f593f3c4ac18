//! Errors of the U-Net kernel.

use std::error::Error;
use std::fmt;
use std::ops::Range;

/// Error of the U-Net kernel: weights or magnitudes of an unexpected size.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UNetError {
    /// Weights with an unexpected number of values.
    Weights {
        /// Name of the tensor, as in the model file.
        tensor: String,
        /// Expected number of values.
        expected: usize,
        /// Number of values received.
        got: usize,
    },
    /// Number of channels of a layer that is not a positive multiple of 16.
    Channels {
        /// Name of the layer, as in the model file.
        layer: String,
        /// Number of channels received.
        got: usize,
    },
    /// Number of bins that is not a positive multiple of 64.
    Bins {
        /// Number of bins received.
        got: usize,
    },
    /// Number of frames that is not a positive multiple of 64.
    Frames {
        /// Number of frames received.
        got: usize,
    },
    /// Magnitudes with an unexpected number of values.
    Magnitudes {
        /// Expected number of values.
        expected: usize,
        /// Number of values received.
        got: usize,
    },
    /// Output with an unexpected number of values.
    Output {
        /// Expected number of values.
        expected: usize,
        /// Number of values received.
        got: usize,
    },
    /// Range of wanted frames outside the frames of the mix.
    Wanted {
        /// Number of frames of the mix.
        frames: usize,
        /// Range received.
        got: Range<usize>,
    },
}

impl fmt::Display for UNetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights { tensor, expected, got } => {
                write!(f, "cannot load {tensor}: wrong number of values (expected {expected}, got {got})")
            }
            Self::Channels { layer, got } => {
                write!(f, "cannot load {layer}: wrong number of channels (expected a multiple of 16, got {got})")
            }
            Self::Bins { got } => {
                write!(f, "cannot build the network: wrong number of bins (expected a multiple of 64, got {got})")
            }
            Self::Frames { got } => {
                write!(f, "cannot run the network: wrong number of frames (expected a multiple of 64, got {got})")
            }
            Self::Magnitudes { expected, got } => {
                write!(f, "cannot run the network: wrong number of magnitudes (expected {expected}, got {got})")
            }
            Self::Output { expected, got } => {
                write!(f, "cannot run the network: wrong size of the output (expected {expected}, got {got})")
            }
            Self::Wanted { frames, got } => write!(
                f,
                "cannot run the network: wrong range of frames (expected a range in 0..{frames}, got {}..{})",
                got.start, got.end
            ),
        }
    }
}

impl Error for UNetError {}
