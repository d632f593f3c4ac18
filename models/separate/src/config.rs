//! Settings of a separation.

use crate::live::Schedule;
use crate::mask::MaskExtension;

/// Way in which the frames are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeparationMode {
    /// Blocks of 512 frames with guard frames and cross-faded seams: the best quality, for files. The latency is 11 s.
    #[default]
    Blocks,
    /// The result of the reference: blocks without guard frames, no scaling, all stems by their own inverse transform,
    /// two channels at 44.1 kHz.
    Exact,
    /// A sliding window, for live streams. The newest frame is left out of the overlap-add, which saves 23 ms.
    Live(Schedule),
}

/// Level that the networks receive.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum NetworkLevel {
    /// The gain follows the level of the stream. In blocks, where the level of the whole stream is measured before
    /// ([`LevelMeter`](crate::LevelMeter)), the gain is 1.
    #[default]
    Auto,
    /// A fixed gain (linear).
    Gain(f32),
}

/// Settings of a [`Separator`](crate::Separator). The defaults are those for files.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SeparatorConfig {
    /// Way in which the frames are separated.
    pub mode: SeparationMode,
    /// Level that the networks receive.
    pub level: NetworkLevel,
    /// Computation of the masks above 11 kHz. [`SeparationMode::Exact`] has [`MaskExtension::Zeros`] or what is set here.
    pub extension: Option<MaskExtension>,
    /// Whether only one of two networks is run: half of the cost for 0.3 to 0.7 dB (default false).
    pub eco: bool,
}
