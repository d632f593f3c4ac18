//! Sizes that all layers share.

/// Number of levels: each halves time and frequency.
pub(super) const LEVELS: usize = 6;

/// Number of frames, and of bins, per position of the deepest level.
pub(super) const GRID: usize = 1 << LEVELS;

/// Number of bins of Spleeter's networks.
pub(super) const BINS: usize = 1024;
