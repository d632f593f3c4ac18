//! Status of a range or a file without a value.

/// Status of a range without sound.
pub(super) const SILENT: &str = "silent";
/// Status of a file that is shorter than one patch of the model.
pub(super) const TOO_SHORT: &str = "too_short";
