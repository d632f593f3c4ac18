//! Streaming evaluation of one branch: its columns as far as frames were received.

use super::super::branch::FrontBranch;
use super::super::kernel::Continue;
use super::frame_buffer::FrameBuffer;
use super::refresh::RefreshSchedule;
use super::rows::Rows;

/// State of one branch for one stream.
#[derive(Debug)]
pub(super) struct BranchState {
    schedule: RefreshSchedule,
    /// Columns as of their last refresh.
    rows: Rows,
    /// `[column modulo the number of incomplete columns]`: partial sums of the incomplete columns.
    sums: Vec<f32>,
    work: Vec<Continue>,
    /// Indices of the refreshed columns, ordered by stop.
    refreshed: Vec<usize>,
    /// End in `refreshed` for each stop.
    ends: Vec<usize>,
    /// `[refresh][channel]`: new values of the columns, then their difference from the earlier values.
    fresh: Vec<f32>,
    /// Scratch buffer, reused between calls.
    spare: Vec<f32>,
}

impl BranchState {
    /// Creates the state with `len` stored columns, for at most `most` new frames at a time. Allocates.
    pub(super) fn new(branch: &FrontBranch, schedule: RefreshSchedule, len: usize, most: usize) -> Self {
        let max_refreshes = (most * schedule.count()).max(most + schedule.settled());
        let width = branch.kernel.width();
        Self {
            rows: Rows::new(len, width),
            sums: vec![0.0; branch.after * branch.kernel.sums_len()],
            work: Vec::with_capacity(max_refreshes),
            refreshed: Vec::with_capacity(max_refreshes),
            ends: Vec::with_capacity(most),
            fresh: Vec::with_capacity(max_refreshes * width),
            spare: Vec::new(),
            schedule,
        }
    }

    /// Returns the refresh schedule.
    pub(super) fn schedule(&self) -> &RefreshSchedule {
        &self.schedule
    }

    /// Returns the columns as of their last refresh.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Refreshes the columns that become due as the number of received frames grows from `end` to each of `stops` in
    /// turn.
    pub(super) fn refresh(&mut self, branch: &FrontBranch, frames: &FrameBuffer, mut end: usize, stops: &[usize]) {
        self.work.clear();
        self.refreshed.clear();
        self.ends.clear();
        let taps = |column, end| self.schedule.last(column, end).map_or(0, |age| branch.before + 1 + age);
        for &stop in stops {
            for column in self.schedule.unsettled(end)..stop {
                let taps = taps(column, end)..taps(column, stop);
                if !taps.is_empty() {
                    let (origin, sums) = (frames.place(column, branch.before), column % branch.after);
                    self.work.push(Continue { origin, taps, sums, to: self.work.len() });
                    self.refreshed.push(column);
                }
            }
            self.ends.push(self.refreshed.len());
            end = stop;
        }
        self.fresh.resize(self.work.len() * self.rows.width(), 0.0);
        branch.kernel.resume(frames.values(), &self.work, &mut self.sums, &mut self.fresh, &mut self.spare);
    }

    /// Returns the columns refreshed at stop `index`, before which `end` frames were received, and the difference of
    /// each from its earlier value. Call once per stop, in order.
    pub(super) fn changes(&mut self, index: usize, end: usize) -> (&[usize], &[f32]) {
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let range = begin..self.ends[index];
        let width = self.rows.width();
        let refreshed = &self.refreshed[range.clone()];
        let fresh = &mut self.fresh[range.start * width..range.end * width];
        for (&column, fresh) in refreshed.iter().zip(fresh.chunks_exact_mut(width)) {
            change(self.rows.row_mut(column), fresh, column >= end);
        }
        (refreshed, fresh)
    }
}

/// Stores `fresh` in `row`, and replaces it by its difference from the earlier row, which counts as 0 if `is_new`.
pub(super) fn change(row: &mut [f32], fresh: &mut [f32], is_new: bool) {
    for (value, fresh) in row.iter_mut().zip(fresh) {
        let before = if is_new { 0.0 } else { *value };
        *value = *fresh;
        *fresh -= before;
    }
}
