//! Rows of each level that a run computes.

use std::ops::Range;

use super::size::LEVELS;
use crate::kernel::LAST_PAD;

/// Rows of each level that the wanted frames depend on.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// Rows of each encoder level.
    pub(super) encoder: [Range<usize>; LEVELS],
    /// Rows of each join, which are outputs of the decoder.
    pub(super) joins: [Range<usize>; LEVELS - 1],
    /// Rows of the single channel, in units of 4 frames.
    pub(super) single: Range<usize>,
}

impl Rows {
    /// Returns the rows for the `wanted` frames of `frames`.
    pub(super) fn new(frames: usize, wanted: Range<usize>) -> Self {
        let single = wanted.start.saturating_sub(LAST_PAD) / 4..(wanted.end + LAST_PAD).min(frames).div_ceil(4);
        let mut joins = <[Range<usize>; LEVELS - 1]>::default();
        // Input rows of the decoder layer above.
        let mut rows = (2 * single.start).saturating_sub(1)..(2 * single.end + 1).min(frames / 2);
        for (level, join) in joins.iter_mut().enumerate() {
            *join = rows.clone();
            rows = (rows.start / 2).saturating_sub(1)..(rows.end / 2 + 1).min(frames >> (level + 2));
        }
        let mut encoder = <[Range<usize>; LEVELS]>::default();
        for level in (0..LEVELS).rev() {
            if let Some(join) = joins.get(level) {
                rows = rows.start.min(join.start)..rows.end.max(join.end);
            }
            encoder[level] = rows.clone();
            rows = (2 * rows.start).saturating_sub(1)..(2 * rows.end + 2).min(frames >> level);
        }
        Self { encoder, joins, single }
    }

    /// Returns the rows of the encoder level that are valid after a run that kept `kept`.
    pub(super) fn valid(&self, level: usize, kept: &Range<usize>) -> Range<usize> {
        let rows = &self.encoder[level];
        if kept.is_empty() || kept.end < rows.start || rows.end < kept.start {
            rows.clone()
        } else {
            rows.start.min(kept.start)..rows.end.max(kept.end)
        }
    }
}

/// Returns the rows of each encoder level that remain `valid` when the mix of `frames` moves by `shift` frames.
///
/// Those are the rows of which no input, at any level, is outside of the mix before or after the move.
pub(super) fn kept(frames: usize, shift: usize, valid: &[Range<usize>; LEVELS]) -> [Range<usize>; LEVELS] {
    let mut inside = 0..frames;
    std::array::from_fn(|level| {
        inside = (inside.start + 2) / 2..inside.end.saturating_sub(2) / 2;
        let rows = shift >> (level + 1);
        if shift >= frames || rows << (level + 1) != shift {
            return 0..0;
        }
        let end = inside.end.min(valid[level].end).saturating_sub(rows);
        let start = inside.start.max(valid[level].start.saturating_sub(rows));
        start.min(end)..end
    })
}
