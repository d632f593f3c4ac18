//! Music descriptors of a live stream, as the worker thread publishes them.

mod live;
mod monitor;
mod summary;

pub use earmark_descriptors::{Pool, Reliability, Value};

pub use self::live::{ChordEstimate, DescriptorValue, KeyEstimate, LiveDescriptors, LiveLoudness, ScalarDescriptor};
pub use self::monitor::DescriptorMonitor;
pub(crate) use self::summary::{Measurement, live_descriptors};

/// Number of results in [`Instance::descriptors`](crate::Instance::descriptors). The oldest are dropped first.
pub const DESCRIPTOR_ENTRIES: usize = 32;
