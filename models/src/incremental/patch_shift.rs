//! Position of a patch relative to the one before.

/// Position of a patch relative to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PatchShift {
    /// Number of frames from the previous patch, with at least one shared frame.
    Overlap(usize),
    /// No shared frames.
    Restart,
}
