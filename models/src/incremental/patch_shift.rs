//! Position of a patch relative to the one before.

/// Position of a patch relative to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PatchShift {
    /// So many frames later, at least one of them shared.
    By(usize),
    /// No shared frames.
    Restart,
}
