//! Maximum and mean over the patch: of what is settled, a block of rows at a time.

use super::super::kernel::fold;
use super::rows::Rows;
use super::visits::Visits;

/// Rows of a block.
const BLOCK_ROWS: usize = 16;

/// What one stream keeps of the pooling of some channels.
#[derive(Debug)]
pub(super) struct Pool {
    /// Blocks that were looked at, from the beginning of the stream.
    blocks: usize,
    /// The maximum of each of the last blocks.
    highest: Rows,
    /// Their sums.
    sums: Rows,
    /// Both of the patch.
    pooled: [Vec<f32>; 2],
}

impl Pool {
    /// For patches of `frames` rows of `width` values. Allocates.
    pub(super) fn new(frames: usize, width: usize) -> Self {
        let blocks = || Rows::new(frames.div_ceil(BLOCK_ROWS), width);
        Self { blocks: 0, highest: blocks(), sums: blocks(), pooled: [vec![0.0; width], vec![0.0; width]] }
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.blocks = 0;
    }

    /// The maximum and the sum over the last `frames` rows, now that there are `end`.
    pub(super) fn over(&mut self, rows: &Rows, visits: &Visits, frames: usize, end: usize) -> (&[f32], &[f32]) {
        let begin = end - frames;
        let first = begin.div_ceil(BLOCK_ROWS);
        self.blocks = self.blocks.max(first);
        // A block in which nothing changes any more.
        while (self.blocks + 1) * BLOCK_ROWS <= visits.unsettled(end) {
            let frames = self.blocks * BLOCK_ROWS..(self.blocks + 1) * BLOCK_ROWS;
            let [highest, sums] = [&mut self.highest, &mut self.sums].map(|rows| rows.row_mut(self.blocks));
            start(highest, sums);
            rows.pieces(frames).into_iter().for_each(|rows| fold((rows, rows), highest, sums));
            self.blocks += 1;
        }
        let [highest, sums] = &mut self.pooled;
        start(highest, sums);
        let mut plain = |frames| rows.pieces(frames).into_iter().for_each(|rows| fold((rows, rows), highest, sums));
        plain(begin..(first * BLOCK_ROWS).min(end));
        plain((self.blocks * BLOCK_ROWS).min(end)..end);
        let blocks = first..self.blocks;
        for rows in self.highest.pieces(blocks.clone()).into_iter().zip(self.sums.pieces(blocks)) {
            fold(rows, highest, sums);
        }
        (highest, sums)
    }
}

fn start(highest: &mut [f32], sums: &mut [f32]) {
    highest.fill(f32::MIN);
    sums.fill(0.0);
}
