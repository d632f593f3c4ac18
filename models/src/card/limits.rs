//! Limits of the sizes in a card, which decide how much memory a model takes.

/// Maximum number of values of an input, a state or an embedding.
pub(super) const MAX_VALUES: usize = 1 << 26;
/// Maximum number of frames of a patch or a hop.
pub(super) const MAX_FRAMES: usize = 1 << 24;

/// Returns the number of values of a shape, `usize::MAX` if it is greater.
pub(super) fn values(shape: &[usize]) -> usize {
    shape.iter().fold(1, |values: usize, &side| values.saturating_mul(side))
}
