//! One branch over a stream of patches: each of its columns is computed once, however many patches it lies in.
//!
//! A column in the middle of a patch is the same in the next one. At the left border the patch's zeros take the first
//! taps away, more of them the nearer the border; so while a column is computed from its last tap to its first, the
//! maxima on the way are kept for the places that it will come to. At the right border taps are still to come; so the
//! sums are kept, and go on where they stopped.

use std::ops::Range;

use super::kernel::{BandKernel, Continue, Cut, Start};
use super::patch_shift::PatchShift;
use super::ring_index::RingIndex;
use super::trunk;

/// A branch, ready to run.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) kernel: BandKernel,
    frames: usize,
    taps: usize,
    /// Frames that a column takes from before its own ...
    pub(super) before: usize,
    /// ... and from behind.
    pub(super) after: usize,
    /// The first frame of the patch whose column is not complete yet.
    end: usize,
    channels: usize,
}

/// What one stream keeps of a branch.
#[derive(Debug)]
pub(super) struct Columns {
    /// Frames by which patches move, or which divides all moves.
    grid: usize,
    /// How many places at the left, at most, a column comes to.
    cuts: usize,
    ring: RingIndex,
    /// Of the columns at the right.
    sums_ring: RingIndex,
    /// How many columns at the left are complete.
    complete: usize,
    /// The whole columns, `[slot of the frame][channel]`, then `[slot of the frame][cut][channel]`.
    rows: Vec<f32>,
    /// `[slot of the frame]`: the columns at the right as far as they go.
    sums: Vec<f32>,
    /// `[place behind the complete ones][channel]`.
    right: Vec<f32>,
    work: Work,
}

/// Lists of what is to be computed; kept for their memory.
#[derive(Debug, Default)]
struct Work {
    starts: Vec<Start>,
    cuts: Vec<Cut>,
    completing: Vec<Continue>,
    growing: Vec<Continue>,
}

impl Work {
    fn clear(&mut self) {
        self.starts.clear();
        self.cuts.clear();
        self.completing.clear();
        self.growing.clear();
    }
}

impl Branch {
    pub(super) fn new(branch: &trunk::Branch, frames: usize, bands: usize) -> Self {
        Self {
            kernel: BandKernel::new(&branch.weights, (branch.taps, branch.height), &branch.activation, bands),
            frames,
            taps: branch.taps,
            before: branch.before,
            after: branch.after(),
            end: frames - branch.after(),
            channels: branch.channels(),
        }
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Which columns do not depend on the patch's borders.
    pub(super) fn interior(&self) -> Range<usize> {
        self.before..self.end
    }

    /// For patches that move by multiples of `grid` frames. Allocates.
    pub(super) fn columns(&self, grid: usize) -> Columns {
        let cuts = self.before.div_ceil(grid);
        Columns {
            grid,
            cuts,
            ring: RingIndex::new(self.frames),
            sums_ring: RingIndex::new(self.after),
            complete: 0,
            rows: vec![0.0; self.frames * (cuts + 1) * self.kernel.width()],
            sums: vec![0.0; self.after * self.kernel.sums_len()],
            right: vec![0.0; self.after * self.kernel.width()],
            work: Work::default(),
        }
    }

    /// Brings `columns` to the next patch, whose frames are `plane`.
    pub(super) fn advance(&self, columns: &mut Columns, plane: &[f32], moved: PatchShift) {
        let known = match moved {
            PatchShift::By(moved) => {
                columns.ring.advance(moved);
                columns.sums_ring.advance(moved);
                columns.complete = columns.complete.saturating_sub(moved);
                self.frames - moved
            }
            PatchShift::Restart => {
                columns.complete = 0;
                0
            }
        };
        self.plan(columns, known);
        let Columns { rows, sums, right, work, .. } = columns;
        self.kernel.start(plane, &work.starts, &work.cuts, rows);
        // First those whose sums are then free for the columns that come in at the right.
        self.kernel.go_on(plane, &work.completing, sums, rows);
        self.kernel.go_on(plane, &work.growing, sums, right);
        columns.complete = self.end;
    }

    /// Lists what is to be computed when `known` of the patch's frames were in the one before.
    fn plan(&self, columns: &mut Columns, known: usize) {
        let (ring, sums_ring, grid) = (columns.ring, columns.sums_ring, columns.grid);
        let sums_slot = |frame: usize| sums_ring.slot_of(frame as isize - self.end as isize);
        let work = &mut columns.work;
        work.clear();
        for frame in columns.complete..self.end {
            let whole = ring.slot(frame);
            let first_cut = self.frames + whole * columns.cuts;
            let cuts_begin = work.cuts.len();
            // The places at the left that it comes to, the outermost first.
            let places = (frame % grid..self.before.min(frame + 1)).step_by(grid);
            work.cuts.extend(places.map(|place| Cut { from_tap: self.before - place, to: first_cut + place / grid }));
            let origin = frame as isize - self.before as isize;
            if frame < known && work.cuts.len() == cuts_begin {
                let (taps, sums) = (self.taps_behind(known, frame)..self.taps, sums_slot(frame));
                work.completing.push(Continue { origin, taps, sums, to: whole });
                continue;
            }
            if frame >= self.before {
                work.cuts.push(Cut { from_tap: 0, to: whole });
            }
            work.starts.push(Start { origin, cuts: cuts_begin..work.cuts.len() });
        }
        for frame in self.end..self.frames {
            let from_tap = if frame < known { self.taps_behind(known, frame) } else { 0 };
            let taps = from_tap..self.taps_behind(self.frames, frame);
            let (origin, sums) = (frame as isize - self.before as isize, sums_slot(frame));
            work.growing.push(Continue { origin, taps, sums, to: frame - self.end });
        }
    }

    /// The first tap of `frame` that meets what lies behind the first `frames` frames.
    fn taps_behind(&self, frames: usize, frame: usize) -> usize {
        (frames + self.before - frame).min(self.taps)
    }

    /// The column at `frame` of the patch.
    pub(super) fn row<'a>(&self, columns: &'a Columns, frame: usize) -> &'a [f32] {
        let width = self.kernel.width();
        if frame >= self.end {
            return &columns.right[(frame - self.end) * width..][..width];
        }
        let whole = columns.ring.slot(frame);
        let row = if frame < self.before { self.frames + whole * columns.cuts + frame / columns.grid } else { whole };
        &columns.rows[row * width..][..width]
    }
}
