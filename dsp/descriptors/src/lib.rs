#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod aggregate;
mod audio;
mod condition;
pub mod equal_loudness;
mod error;
mod extractor;
mod filter_bank;
mod input;
mod lanes;
mod layout;
pub mod loudness;
pub mod lowlevel;
pub mod math;
mod options;
pub mod peaks;
mod pool;
mod profile;
mod random;
mod reliability;
pub mod rhythm;
mod silence;
mod stages;
pub mod tonal;

pub use aggregate::{PoolWriter, Statistic, Statistics};
pub use audio::AudioRetention;
pub use condition::Condition;
pub use error::DescriptorError;
pub use extractor::{Extractor, ExtractorBuilder, LiveSummary, Stretch};
pub use input::Downmix;
pub use layout::{DESCRIPTORS, LeafType, Selection, UnknownDescriptor, VECTORS, leaves};
pub use options::{FrameOptions, SilentFrames};
pub use pool::{Pool, Value};
pub use profile::Profile;
pub use reliability::{Reliability, reliability};

/// Sample rate at which every descriptor is computed, in Hz.
pub const SAMPLE_RATE_HZ: f64 = 44_100.0;
