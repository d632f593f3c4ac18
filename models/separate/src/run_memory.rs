//! Memory that the runs of several networks share.

#[cfg(feature = "unet")]
use std::sync::Arc;

#[cfg(feature = "unet")]
use parking_lot::Mutex;

#[cfg(feature = "unet")]
use crate::unet::Scratch;

/// Memory for the values inside of the networks of a stream, which run one after the other.
///
/// In blocks of 512 frames a U-Net of Spleeter needs 36 MB, and only its output is needed after the run. Clones are the
/// same memory.
#[derive(Debug, Clone, Default)]
pub struct RunMemory {
    #[cfg(feature = "unet")]
    pub(crate) scratch: Arc<Mutex<Scratch>>,
}
