//! One branch over a stream: its columns as far as they go.

use super::super::branch::Branch;
use super::super::kernel::Continue;
use super::frame_buffer::FrameBuffer;
use super::rows::Rows;
use super::visits::Visits;

/// What one stream keeps of a branch.
#[derive(Debug)]
pub(super) struct Front {
    visits: Visits,
    /// The columns as of their last visits.
    rows: Rows,
    /// `[column modulo those that grow at once]`: where they have stopped.
    sums: Vec<f32>,
    work: Vec<Continue>,
    /// The columns that are visited, stop after stop.
    visited: Vec<usize>,
    /// Of `visited` the end for each stop.
    ends: Vec<usize>,
    /// `[visit][channel]`: what the columns come to, then by how much that is more than before.
    fresh: Vec<f32>,
}

impl Front {
    /// Keeps `len` columns; at most `most` frames come at a time. Allocates.
    pub(super) fn new(branch: &Branch, visits: Visits, len: usize, most: usize) -> Self {
        let most_visits = (most * visits.count()).max(most + visits.settled());
        let width = branch.kernel.width();
        Self {
            rows: Rows::new(len, width),
            sums: vec![0.0; branch.after * branch.kernel.sums_len()],
            work: Vec::with_capacity(most_visits),
            visited: Vec::with_capacity(most_visits),
            ends: Vec::with_capacity(most),
            fresh: Vec::with_capacity(most_visits * width),
            visits,
        }
    }

    /// Its visits.
    pub(super) fn visits(&self) -> &Visits {
        &self.visits
    }

    /// The columns as of their last visits.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Computes whatever is visited when there are no longer `end` frames, but first those up to the first of `stops`,
    /// then those up to the next, and so on.
    pub(super) fn visit(&mut self, branch: &Branch, frames: &FrameBuffer, mut end: usize, stops: &[usize]) {
        self.work.clear();
        self.visited.clear();
        self.ends.clear();
        let taps = |column, end| self.visits.last(column, end).map_or(0, |age| branch.before + 1 + age);
        for &stop in stops {
            for column in self.visits.unsettled(end)..stop {
                let taps = taps(column, end)..taps(column, stop);
                if !taps.is_empty() {
                    let (origin, sums) = (frames.place(column, branch.before), column % branch.after);
                    self.work.push(Continue { origin, taps, sums, to: self.work.len() });
                    self.visited.push(column);
                }
            }
            self.ends.push(self.visited.len());
            end = stop;
        }
        self.fresh.resize(self.work.len() * self.rows.width(), 0.0);
        branch.kernel.go_on(frames.values(), &self.work, &mut self.sums, &mut self.fresh);
    }

    /// The columns that are visited at the `index`-th stop, up to which `end` frames had come, and by how much each is
    /// more than before. To be asked once for each stop, in order.
    pub(super) fn changes(&mut self, index: usize, end: usize) -> (&[usize], &[f32]) {
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let visits = begin..self.ends[index];
        let width = self.rows.width();
        let visited = &self.visited[visits.clone()];
        let fresh = &mut self.fresh[visits.start * width..visits.end * width];
        for (&column, fresh) in visited.iter().zip(fresh.chunks_exact_mut(width)) {
            change(self.rows.row_mut(column), fresh, column >= end);
        }
        (visited, fresh)
    }
}

/// Puts `fresh` into `row`, and leaves there by how much it is more than before; what is new was nothing before.
pub(super) fn change(row: &mut [f32], fresh: &mut [f32], is_new: bool) {
    for (value, fresh) in row.iter_mut().zip(fresh) {
        let before = if is_new { 0.0 } else { *value };
        *value = *fresh;
        *fresh -= before;
    }
}
