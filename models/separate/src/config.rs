//! Settings of a separation.

use earmark_dsp::{DspError, Resampler, SampleRate};

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

/// Hop in frames from which on a live stream is resampled at the least cost. With a shorter hop, the latency counts.
const ECONOMICAL_HOP: usize = 8;

impl SeparationMode {
    /// Returns the resampling of the channels to and from 44.1 kHz.
    #[must_use]
    pub fn resampling(self) -> Resampling {
        match self {
            Self::Live(schedule) if schedule.hop < ECONOMICAL_HOP => Resampling::Fast,
            Self::Live(_) => Resampling::Economical,
            Self::Blocks | Self::Exact => Resampling::Precise,
        }
    }
}

/// Resampling of the channels to and from 44.1 kHz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resampling {
    /// The least latency.
    Fast,
    /// The least cost.
    Economical,
    /// The best quality.
    Precise,
}

impl Resampling {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Economical, Self::Precise];

    /// Creates a resampler of one channel. Allocates.
    ///
    /// # Errors
    /// [`DspError::Resample`] if the library rejects the ratio.
    pub fn resampler(self, from: SampleRate, to: SampleRate) -> Result<Resampler, DspError> {
        match self {
            Self::Fast => Resampler::fast(from, to),
            Self::Economical => Resampler::economical(from, to),
            Self::Precise => Resampler::precise(from, to),
        }
    }
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
