//! Defects of a track that was decoded nevertheless.

/// Defects of a track that was decoded nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecodeIssues {
    /// Number of samples that were NaN, infinite or beyond +120 dBFS and were set to 0.
    pub sanitized: u64,
    /// Number of packets that could not be decoded and were skipped.
    pub packets: u64,
    /// Length of the skipped packets in frames, as far as the file declares it.
    pub lost_frames: u64,
    /// Number of frames that the header declares but the file does not contain.
    pub missing_frames: u64,
    /// Whether the channels cancel each other in the mono mix.
    pub channels_cancel: bool,
}
