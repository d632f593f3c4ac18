//! Streaming evaluation of one convolution over time: its sums are stored, and each change of its input adds the
//! difference to them.

use super::super::kernel::BLOCK;
use super::super::temporal_conv::TemporalConv;
use super::front::change;
use super::refresh::RefreshSchedule;
use super::rows::Rows;

/// State of one layer for one stream.
#[derive(Debug)]
pub(super) struct LayerState {
    schedule: RefreshSchedule,
    /// Sums of the rows, including future rows within reach of the taps.
    sums: Rows,
    /// Rows as of their last refresh.
    rows: Rows,
    /// Indices of the rows refreshed last.
    refreshed: Vec<usize>,
    /// `[refresh][channel]`: difference of the refreshed rows from their earlier values.
    fresh: Vec<f32>,
}

impl LayerState {
    /// Creates the state with `len` stored rows, for at most `most` new frames at a time. Allocates.
    pub(super) fn new(middle: &TemporalConv, schedule: RefreshSchedule, len: usize, most: usize) -> Self {
        let (width, most) = (middle.width(), most + schedule.settled());
        Self {
            sums: Rows::new(len, width),
            rows: Rows::new(len, width),
            refreshed: Vec::with_capacity(most),
            fresh: Vec::with_capacity(most * width),
            schedule,
        }
    }

    /// Returns the refresh schedule.
    pub(super) fn schedule(&self) -> &RefreshSchedule {
        &self.schedule
    }

    /// Returns the rows as of their last refresh.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Returns the indices of the rows refreshed last, and the difference of each from its earlier value.
    pub(super) fn changes(&self) -> (&[usize], &[f32]) {
        (&self.refreshed, &self.fresh)
    }

    /// Clears the sums of the rows that `stop` frames reach and `end` frames did not.
    pub(super) fn make_room(&mut self, middle: &TemporalConv, end: usize, stop: usize) {
        // Frame 0 also reaches the rows before `middle.before`.
        let reached = |end| if end == 0 { 0 } else { end + middle.before };
        (reached(end)..reached(stop)).for_each(|row| self.sums.row_mut(row).fill(0.0));
    }

    /// Adds the changes of an input to the sums. `scattered` is a reused scratch buffer with the contributions of each
    /// change to the sums around it, `[change][block][tap][lane]`.
    pub(super) fn add(
        &mut self,
        middle: &TemporalConv,
        input: usize,
        (frames, differences): (&[usize], &[f32]),
        scattered: &mut Vec<f32>,
    ) {
        let (width, taps) = (self.sums.width(), middle.taps());
        scattered.resize(frames.len() * width * taps, 0.0);
        middle.kernels[input].scatter(differences, scattered);
        for (frame, scattered) in frames.iter().zip(scattered.chunks_exact(width * taps)) {
            let (blocks, _) = scattered.as_chunks::<BLOCK>();
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
    pub(super) fn refresh(&mut self, middle: &TemporalConv, below: Option<&Rows>, end: usize, stop: usize, all: bool) {
        self.refreshed.clear();
        self.fresh.clear();
        for row in self.schedule.unsettled(end)..stop {
            if !all && self.schedule.last(row, stop) == self.schedule.last(row, end) {
                continue;
            }
            self.refreshed.push(row);
            let begin = self.fresh.len();
            self.fresh.extend_from_slice(self.sums.row(row));
            let fresh = &mut self.fresh[begin..];
            middle.activate(fresh, below.filter(|_| middle.residual).map(|below| below.row(row)));
            change(self.rows.row_mut(row), fresh, row >= end);
        }
    }
}
