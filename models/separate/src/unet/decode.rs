//! Order of the decoder's computation.

use std::ops::Range;

use super::build::{Packing, Up};
use super::rows::Rows;
use super::scratch::Scratch;
use super::size::LEVELS;
use crate::kernel::{Interleaved, Single, Sweep};

/// Number of joins of encoder and decoder channels.
const JOINS: usize = LEVELS - 1;

/// Run of the decoder.
///
/// Each level computes a band of rows at a time, for which the level below computes the missing input rows just before.
pub(super) struct Decode<'a> {
    net: &'a Packing,
    rows: &'a Rows,
    scratch: &'a mut Scratch,
    /// First row of each join that is not computed.
    next: [usize; JOINS],
}

impl<'a> Decode<'a> {
    /// Returns a run of the decoder of `net`.
    pub(super) fn new(net: &'a Packing, rows: &'a Rows, scratch: &'a mut Scratch) -> Self {
        Self { net, rows, scratch, next: std::array::from_fn(|level| rows.joins[level].start) }
    }

    /// Computes the rows of the decoder's single channel.
    pub(super) fn run(&mut self) {
        let (packed, affine) = &self.net.single;
        for row in self.rows.single.clone() {
            self.advance(0, 2 * row + 3);
            let Scratch { joins, single, buffers, .. } = &mut *self.scratch;
            let out = Single { affine, out: single };
            let cols = self.net.bins / 4;
            self.net.arch.dispatch(Sweep { packed, input: &joins[0], rows: row..row + 1, cols, buffers, out });
        }
    }

    /// Computes the rows of the join of a level at least up to `end`.
    fn advance(&mut self, level: usize, end: usize) {
        let last = self.rows.joins[level].end;
        while self.next[level] < end.min(last) {
            let start = self.next[level];
            // Bands end at even rows, so that all parities have as many rows.
            let stop = last.min((start / 2 * 2).saturating_add(self.net.up(level).band));
            if level + 1 < JOINS {
                self.advance(level + 1, stop / 2 + 1);
            }
            self.compute(level, start..stop);
            self.next[level] = stop;
        }
    }

    /// Computes rows of a join from rows of the level below.
    fn compute(&mut self, level: usize, rows: Range<usize>) {
        let Scratch { joins, bottom, buffers, .. } = &mut *self.scratch;
        let Up { packed, affine, channel, .. } = self.net.up(level);
        let (before, after) = joins.split_at_mut(level + 1);
        let (Some(join), input) = (before.last_mut(), after.first().unwrap_or(bottom)) else { return };
        let cols = self.net.bins >> (level + 2);
        for (index, packed) in packed.iter().enumerate() {
            let parity = (index / 2, index % 2);
            let half = |row: usize| (row + 1 - parity.0) / 2;
            let out = Interleaved { affine, parity, join, channel: *channel };
            let rows = half(rows.start)..half(rows.end);
            self.net.arch.dispatch(Sweep { packed, input, rows, cols, buffers, out });
        }
    }
}
