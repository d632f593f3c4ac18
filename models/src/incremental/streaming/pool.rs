//! Maximum and mean over the patch. Complete rows are pooled in blocks.

use super::super::kernel::fold;
use super::refresh::RefreshSchedule;
use super::rows::Rows;

/// Rows per block.
const BLOCK_ROWS: usize = 16;

/// Pooling state of one stream and one group of channels.
#[derive(Debug)]
pub(super) struct PoolState {
    /// Number of pooled blocks since the start of the stream.
    blocks: usize,
    /// Maximum of each of the last blocks.
    highest: Rows,
    /// Sum of each of the last blocks.
    sums: Rows,
    /// Maximum and sum of the patch.
    pooled: [Vec<f32>; 2],
}

impl PoolState {
    /// Creates the state for patches of `frames` rows of `width` values. Allocates.
    pub(super) fn new(frames: usize, width: usize) -> Self {
        let blocks = || Rows::new(frames.div_ceil(BLOCK_ROWS), width);
        Self { blocks: 0, highest: blocks(), sums: blocks(), pooled: [vec![0.0; width], vec![0.0; width]] }
    }

    /// Discards all blocks.
    pub(super) fn clear(&mut self) {
        self.blocks = 0;
    }

    /// Returns the maximum and the sum over the last `frames` of `end` rows.
    pub(super) fn over(
        &mut self,
        rows: &Rows,
        schedule: &RefreshSchedule,
        frames: usize,
        end: usize,
    ) -> (&[f32], &[f32]) {
        let begin = end - frames;
        let first = begin.div_ceil(BLOCK_ROWS);
        self.blocks = self.blocks.max(first);
        // All rows of this block are complete.
        while (self.blocks + 1) * BLOCK_ROWS <= schedule.unsettled(end) {
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
