//! One convolution over time over a stream: its sums are kept, and whatever changes below adds its difference to them.

use super::super::kernel::BLOCK;
use super::super::middle::Middle;
use super::front::change;
use super::rows::Rows;
use super::visits::Visits;

/// What one stream keeps of a layer.
#[derive(Debug)]
pub(super) struct Layer {
    visits: Visits,
    /// Of rows that are still to come, too, as far as the taps reach.
    sums: Rows,
    /// The rows as of their last visits.
    rows: Rows,
    /// The rows that were visited last.
    visited: Vec<usize>,
    /// `[visit][channel]`: by how much they are more than before.
    fresh: Vec<f32>,
}

impl Layer {
    /// Keeps `len` rows; at most `most` frames come at a time. Allocates.
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

    /// Its visits.
    pub(super) fn visits(&self) -> &Visits {
        &self.visits
    }

    /// The rows as of their last visits.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The rows that were visited last, and by how much each is more than before.
    pub(super) fn changes(&self) -> (&[usize], &[f32]) {
        (&self.visited, &self.fresh)
    }

    /// Makes room for the rows that `stop` frames reach, where `end` frames did before.
    pub(super) fn make_room(&mut self, middle: &Middle, end: usize, stop: usize) {
        // The first rows are reached by frames before them; but none come before the first.
        let reached = |end| if end == 0 { 0 } else { end + middle.before };
        (reached(end)..reached(stop)).for_each(|row| self.sums.row_mut(row).fill(0.0));
    }

    /// Adds what the changes of an input below come to. `spread` is kept for its memory: what each adds to the sums
    /// around it, `[change][block][tap][lane]`.
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
                // What lies before the first row is nobody's.
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

    /// Visits the rows that are due now that `stop` frames have come, where `end` had before; or `all` that grow.
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
