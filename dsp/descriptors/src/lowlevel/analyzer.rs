//! Analyzer of frames, one after the other.

/// Mean square of a frame above which the frame counts as digital silence: its samples are no audio.
pub(super) const MAX_POWER: f64 = 1e12;

/// Analyzer of one frame after the other.
pub(super) trait FrameAnalyzer {
    /// Returns the number of values of a frame.
    fn width(&self) -> usize;

    /// Writes the values of frame `number`, which are 0 before, the first of them its mean square; appends values whose
    /// number differs from frame to frame to `extras`.
    fn analyze(&mut self, number: u64, frame: &[f32], values: &mut [f32], extras: &mut Vec<f32>);

    /// Discards what was kept of earlier frames.
    fn reset(&mut self);
}
