//! Order of the encoder's computation.

use std::ops::Range;

use super::build::{Down, Packing};
use super::rows::Rows;
use super::scratch::Scratch;
use super::size::LEVELS;
use crate::kernel::{Bottom, Encoder, Sweep};

/// Run of the encoder.
///
/// Each level computes a band of rows at a time, for which the level above computes the missing input rows just before.
/// So a shallow level's output is read while it is in the cache, and a deep level's weights are read once.
pub(super) struct Encode<'a> {
    net: &'a Packing,
    mix: &'a [f32],
    rows: &'a Rows,
    scratch: &'a mut Scratch,
    /// First frame of the mix that is not interleaved.
    frame: usize,
    /// First row of each level that is not computed.
    next: [usize; LEVELS],
}

impl<'a> Encode<'a> {
    /// Returns a run of the encoder of `net`.
    pub(super) fn new(net: &'a Packing, mix: &'a [f32], rows: &'a Rows, scratch: &'a mut Scratch) -> Self {
        Self { net, mix, rows, scratch, frame: 0, next: std::array::from_fn(|level| rows.encoder[level].start) }
    }

    /// Computes all rows, except for those kept from the previous run.
    pub(super) fn run(&mut self) {
        for level in (0..LEVELS).rev() {
            self.advance(level, usize::MAX);
        }
    }

    /// Computes the rows of a level at least up to `end`.
    fn advance(&mut self, level: usize, end: usize) {
        let last = self.rows.encoder[level].end;
        let kept = self.scratch.kept[level].clone();
        while self.next[level] < end.min(last) {
            let start = self.next[level];
            if kept.contains(&start) {
                self.next[level] = kept.end;
                continue;
            }
            let stop = if start < kept.start { last.min(kept.start) } else { last };
            let stop = stop.min(start.saturating_add(self.net.downs[level].band));
            match level.checked_sub(1) {
                Some(above) => self.advance(above, 2 * stop + 2),
                None => self.fill(start..stop),
            }
            self.compute(level, start..stop);
            self.next[level] = stop;
        }
    }

    /// Interleaves the frames for rows of the first level.
    fn fill(&mut self, rows: Range<usize>) {
        let frames = self.scratch.input.rows();
        let end = frames.min(2 * rows.end + 2);
        self.scratch.fill(self.mix, self.frame.max((2 * rows.start).saturating_sub(1))..end);
        self.frame = end;
    }

    /// Computes rows of a level from rows of the level above.
    fn compute(&mut self, level: usize, rows: Range<usize>) {
        let Scratch { input, joins, actives, bottom, buffers, .. } = &mut *self.scratch;
        let Down { packed, affine, .. } = &self.net.downs[level];
        let (before, after) = actives.split_at_mut(level);
        let input = before.last().unwrap_or(input);
        let cols = self.net.bins >> (level + 1);
        match (joins.get_mut(level), after.first_mut()) {
            (Some(join), Some(active)) => {
                let out = Encoder { affine, join, active };
                self.net.arch.dispatch(Sweep { packed, input, rows, cols, buffers, out });
            }
            _ => {
                let out = Bottom { affine, out: bottom };
                self.net.arch.dispatch(Sweep { packed, input, rows, cols, buffers, out });
            }
        }
    }
}
