//! Condition of a stream: what limits the meaning of its descriptors.

/// Condition of the stream that a pool describes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// Whether the stream is silent: only loudness and duration are known, all other values are null.
    pub silent: bool,
    /// Descriptors for which the stream is too short; their values are those of the reference, or null.
    pub too_short_for: Vec<String>,
    /// Number of samples that were NaN, infinite or beyond +120 dBFS, and count as 0.
    pub sanitized_samples: u64,
    /// Whether the replay gain drives samples beyond full scale. A whole stream is then analyzed again if its audio was
    /// kept; otherwise the values are those of the signal that is not limited.
    pub clips: bool,
}
