//! Exact evaluation of one branch: each column is computed once for all patches that contain it.
//!
//! A column in the middle of a patch is the same in the next patch. At the left border, the zero padding removes the
//! first taps, more of them closer to the border. A column is therefore computed from its last tap to its first, and
//! the intermediate maxima are stored for its later positions. At the right border, later taps are missing. Partial
//! sums are therefore stored and continued.

use std::ops::Range;

use super::front_kernel::FrontKernel;
use super::kernel::{Continue, Cut, Start};
use super::patch_shift::PatchShift;
use super::ring_index::RingIndex;
use super::trunk;

/// Branch with packed weights.
#[derive(Debug)]
pub(super) struct FrontBranch {
    pub(super) kernel: FrontKernel,
    frames: usize,
    taps: usize,
    /// Number of frames before its own that a column depends on.
    pub(super) before: usize,
    /// Number of frames after its own that a column depends on.
    pub(super) after: usize,
    /// First frame of the patch whose column is incomplete.
    end: usize,
    channels: usize,
}

/// State of one branch for one stream.
#[derive(Debug)]
pub(super) struct Columns {
    /// Hop of the patches in frames, or a divisor of all their hops.
    grid: usize,
    /// Maximum number of positions of a column at the left border.
    cuts: usize,
    ring: RingIndex,
    /// Ring index of the incomplete columns at the right border.
    sums_ring: RingIndex,
    /// Number of complete columns from the left.
    complete: usize,
    /// Whole columns, `[slot of the frame][channel]`, then partial ones, `[slot of the frame][cut][channel]`.
    rows: Vec<f32>,
    /// `[slot of the frame]`: partial sums of the columns at the right border.
    sums: Vec<f32>,
    /// `[position after the complete columns][channel]`.
    right: Vec<f32>,
    work: WorkList,
    /// Scratch buffer, reused between calls.
    spare: Vec<f32>,
}

/// Lists of the columns to compute, reused between calls.
#[derive(Debug, Default)]
struct WorkList {
    starts: Vec<Start>,
    cuts: Vec<Cut>,
    completing: Vec<Continue>,
    growing: Vec<Continue>,
}

impl WorkList {
    fn clear(&mut self) {
        self.starts.clear();
        self.cuts.clear();
        self.completing.clear();
        self.growing.clear();
    }
}

impl FrontBranch {
    /// Packs a branch for patches of `frames` x `bands`. Allocates.
    pub(super) fn new(branch: &trunk::Branch, frames: usize, bands: usize) -> Self {
        Self {
            kernel: FrontKernel::new(branch, bands),
            frames,
            taps: branch.taps,
            before: branch.before,
            after: branch.after(),
            end: frames - branch.after(),
            channels: branch.channels(),
        }
    }

    /// Returns the number of output channels.
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Returns the columns that do not depend on the borders of the patch.
    pub(super) fn interior(&self) -> Range<usize> {
        self.before..self.end
    }

    /// Creates the state for patches whose hops are multiples of `grid` frames. Allocates.
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
            work: WorkList::default(),
            spare: Vec::new(),
        }
    }

    /// Updates `columns` to the next patch, whose frames are `plane`.
    pub(super) fn advance(&self, columns: &mut Columns, plane: &[f32], moved: PatchShift) {
        let known = match moved {
            PatchShift::Overlap(moved) => {
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
        let Columns { rows, sums, right, work, spare, .. } = columns;
        let lists = (&*work.starts, &*work.cuts, &*work.completing, &*work.growing);
        self.kernel.advance(plane, lists, sums, (rows, right), spare);
        columns.complete = self.end;
    }

    /// Lists the columns to compute if the first `known` frames of the patch were in the previous patch.
    fn plan(&self, columns: &mut Columns, known: usize) {
        let (ring, sums_ring, grid) = (columns.ring, columns.sums_ring, columns.grid);
        let sums_slot = |frame: usize| sums_ring.index_of(frame as isize - self.end as isize);
        let work = &mut columns.work;
        work.clear();
        for frame in columns.complete..self.end {
            let whole = ring.slot(frame);
            let first_cut = self.frames + whole * columns.cuts;
            let cuts_begin = work.cuts.len();
            // Positions of the column at the left border, the outermost first.
            let places = (frame % grid..self.before.min(frame + 1)).step_by(grid);
            work.cuts.extend(places.map(|place| Cut { from_tap: self.before - place, to: first_cut + place / grid }));
            let origin = frame as isize - self.before as isize;
            if frame < known && work.cuts.len() == cuts_begin {
                let (taps, sums) = (self.first_tap_beyond(known, frame)..self.taps, sums_slot(frame));
                work.completing.push(Continue { origin, taps, sums, to: whole });
                continue;
            }
            if frame >= self.before {
                work.cuts.push(Cut { from_tap: 0, to: whole });
            }
            work.starts.push(Start { origin, cuts: cuts_begin..work.cuts.len() });
        }
        for frame in self.end..self.frames {
            let from_tap = if frame < known { self.first_tap_beyond(known, frame) } else { 0 };
            let taps = from_tap..self.first_tap_beyond(self.frames, frame);
            let (origin, sums) = (frame as isize - self.before as isize, sums_slot(frame));
            work.growing.push(Continue { origin, taps, sums, to: frame - self.end });
        }
    }

    /// Returns the first tap of the column at `frame` that lies beyond the first `frames` frames.
    fn first_tap_beyond(&self, frames: usize, frame: usize) -> usize {
        (frames + self.before - frame).min(self.taps)
    }

    /// Returns the column at `frame` of the patch.
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
