//! Errors of separation.

use earmark_dsp::DspError;
use earmark_models::{EngineError, ModelError};
use thiserror::Error;

/// Error of a model of stems, or of a separation.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SeparateError {
    /// The stream has more than two channels, or none.
    #[error("cannot separate {got} channels (expected 1 or 2)")]
    Channels {
        /// Number of channels of the stream.
        got: usize,
    },
    /// The blocks of the channels differ in length or number.
    #[error("invalid block: {what} (expected {expected}, got {got})")]
    Block {
        /// Quantity that is wrong.
        what: &'static str,
        /// Accepted value.
        expected: usize,
        /// Received value.
        got: usize,
    },
    /// A network does not have the expected shape.
    #[error("network does not separate stems: {what} (expected {expected}, got {got})")]
    Shape {
        /// Quantity that is wrong.
        what: String,
        /// Accepted values.
        expected: String,
        /// Value of the network.
        got: String,
    },
    /// A setting is out of its range.
    #[error("invalid {what} (expected {expected}, got {got})")]
    Setting {
        /// Name of the setting.
        what: &'static str,
        /// Accepted values.
        expected: String,
        /// Received value.
        got: String,
    },
    /// A file of a model cannot be read or written.
    #[error("{}: {error}", .path.display())]
    File {
        /// Path of the file.
        path: std::path::PathBuf,
        /// Message of the system.
        error: String,
    },
    /// The signal path cannot be set up, for example for this sample rate.
    #[error(transparent)]
    Dsp(#[from] DspError),
    /// The inference engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The kernel of the built-in networks refused its weights or its input.
    #[error(transparent)]
    UNet(#[from] crate::UNetError),
    /// The model or its card cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
}
