//! Streaming evaluation of one convolution over time: its sums are stored, and each change of its input adds the
//! difference to them.

use super::super::kernel::BLOCK;
use super::super::middle::Middle;
use super::front::change;
use super::rows::Rows;
use super::visits::Visits;

/// State of one layer for one stream.
#[derive(Debug)]
pub(super) struct Layer {
    visits: Visits,
    /// Sums of the rows, including future rows within reach of the taps.
    sums: Rows,
    /// Rows as of their last refresh.
    rows: Rows,
    /// Indices of the rows refreshed last.
    visited: Vec<usize>,
    /// `[refresh][channel]`: difference of the refreshed rows from their earlier values.
    fresh: Vec<f32>,
}

impl Layer {
    /// Creates the state with `len` stored rows, for at most `most` new frames at a time. Allocates.
    pub(super) fn new(middle: &Middle, visits: Visits, len: usize, most: usize) -> Self {
        let (width, most) = (middle.width(), most + visits.settled());
        Self {
            sums: Rows::new(len, width),
            rows: Rows::new(len, width),
            visited: Vec::with_capacity(most),
            fresh: Vec::with_capacity(most * width),
            visits,
        }
    }

    /// Returns the refresh schedule.
    pub(super) fn visits(&self) -> &Visits {
        &self.visits
    }

    /// Returns the rows as of their last refresh.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Returns the indices of the rows refreshed last, and the difference of each from its earlier value.
    pub(super) fn changes(&self) -> (&[usize], &[f32]) {
        (&self.visited, &self.fresh)
    }

    /// Clears the sums of the rows that `stop` frames reach and `end` frames did not.
    pub(super) fn make_room(&mut self, middle: &Middle, end: usize, stop: usize) {
        // Frame 0 also reaches the rows before `middle.before`.
        let reached = |end| if end == 0 { 0 } else { end + middle.before };
        (reached(end)..reached(stop)).for_each(|row| self.sums.row_mut(row).fill(0.0));
    }

    /// Adds the changes of an input to the sums. `spread` is a reused scratch buffer with the contributions of each change to
    /// the sums around it, `[change][block][tap][lane]`.
    pub(super) fn add(
        &mut self,
        middle: &Middle,
        input: usize,
        (frames, differences): (&[usize], &[f32]),
        spread: &mut Vec<f32>,
    ) {
        let (width, taps) = (self.sums.width(), middle.taps());
        spread.resize(frames.len() * width * taps, 0.0);
        middle.kernels[input].spread(differences, spread);
        for (frame, spread) in frames.iter().zip(spread.chunks_exact(width * taps)) {
            let (blocks, _) = spread.as_chunks::<BLOCK>();
            for tap in 0..taps {
                // There are no rows before the first.
                let Some(row) = (frame + middle.before).checked_sub(tap) else { continue };
                let (sums, _) = self.sums.row_mut(row).as_chunks_mut::<BLOCK>();
                for (sums, more) in sums.iter_mut().zip(blocks.iter().skip(tap).step_by(taps)) {
                    for (sum, more) in sums.iter_mut().zip(more) {
                        *sum += more;
                    }
                }
            }
        }
    }

    /// Refreshes the rows that are due after `stop` frames and were not after `end`, or `all` incomplete rows.
    pub(super) fn visit(&mut self, middle: &Middle, below: Option<&Rows>, end: usize, stop: usize, all: bool) {
        self.visited.clear();
        self.fresh.clear();
        for row in self.visits.unsettled(end)..stop {
            if !all && self.visits.last(row, stop) == self.visits.last(row, end) {
                continue;
            }
            self.visited.push(row);
            let begin = self.fresh.len();
            self.fresh.extend_from_slice(self.sums.row(row));
            let fresh = &mut self.fresh[begin..];
            middle.activate(fresh, below.filter(|_| middle.residual).map(|below| below.row(row)));
            change(self.rows.row_mut(row), fresh, row >= end);
        }
    }
}
