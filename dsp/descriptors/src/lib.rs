#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod aggregate;
pub mod equal_loudness;
mod error;
pub mod lowlevel;
pub mod math;
pub mod options;
pub mod peaks;
mod pool;
pub mod rhythm;
mod silence;
pub mod tonal;

pub use aggregate::{PoolWriter, Statistic, Statistics};
pub use error::DescriptorError;
pub use options::{FrameOptions, SilentFrames};
pub use pool::{Pool, Value};

/// Sample rate at which every descriptor is computed, in Hz.
pub const SAMPLE_RATE_HZ: f64 = 44_100.0;
