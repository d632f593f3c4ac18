//! Convolution of a range of rows, in an order that reads each weight once per many positions.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::packed::Part;
use super::store::Store;
use super::{BLOCK, Packed, Plane, Sums, Tiles, blocks_mut};

/// Largest size in bytes of the weights that are used for all positions before the next weights are read.
const MAX_PANEL_BYTES: usize = 32 << 10;

/// Memory of a [`Sweep`].
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// Partial sums of one block of channels.
    sums: Vec<f32>,
    /// Weights in single precision.
    panel: Vec<f32>,
}

impl Buffers {
    /// Returns the memory for up to `positions` positions. Allocates.
    pub(crate) fn new(positions: usize) -> Self {
        Self { sums: vec![0.0; positions * BLOCK], panel: vec![0.0; MAX_PANEL_BYTES / size_of::<f32>()] }
    }
}

/// Convolution of a range of output rows.
pub(crate) struct Sweep<'a, O> {
    /// Weights.
    pub(crate) packed: &'a Packed,
    /// Input plane.
    pub(crate) input: &'a Plane,
    /// Output rows to compute.
    pub(crate) rows: Range<usize>,
    /// Number of output columns.
    pub(crate) cols: usize,
    /// Memory for at least as many positions as the rows and columns have.
    pub(crate) buffers: &'a mut Buffers,
    /// Destination of the finished sums.
    pub(crate) out: O,
}

impl<O: Store> WithSimd for Sweep<'_, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.choose(simd);
    }
}

impl<O: Store> Tiles for Sweep<'_, O> {
    #[inline(always)]
    fn tiles<S: Simd, const N: usize, const M: usize, const V: usize>(self, simd: S) {
        let Self { packed, input, rows, cols, buffers: Buffers { sums, panel }, mut out } = self;
        let sums = blocks_mut::<S, V>(sums);
        // Taps that are outside of the input for all rows are left out.
        let valid = |row: usize| packed.valid(row, input.rows());
        let taps = rows
            .clone()
            .fold(packed.taps()..0, |taps, row| taps.start.min(valid(row).start)..taps.end.max(valid(row).end));
        for block in 0..packed.blocks() {
            for part in parts(packed, taps.clone()) {
                let weights = packed.part(block, &part, panel);
                let starts = part.taps.start == taps.start && part.values.start == 0;
                let ends = part.taps.end == taps.end && part.values.end == packed.run();
                for (index, row) in rows.clone().enumerate() {
                    let valid = valid(row);
                    let taps = part.taps.start.max(valid.start)..part.taps.end.min(valid.end);
                    let step = Step { packed, input, part: &part, weights, block, row, taps, starts, ends };
                    step.row::<S, O, N, M, V>(simd, &mut sums[index * cols..][..cols], &mut out);
                }
            }
        }
    }
}

/// Iterates over the parts of a range of taps: several whole taps, or equal parts of one.
#[inline(always)]
fn parts(packed: &Packed, taps: Range<usize>) -> impl Iterator<Item = Part> {
    let (most, run) = (MAX_PANEL_BYTES / (BLOCK * size_of::<f32>()), packed.run());
    let group = (most / run).max(1);
    let len = run.div_ceil(run.div_ceil(most)).next_multiple_of(8).min(run);
    taps.clone().step_by(group).flat_map(move |tap| {
        let taps = tap..taps.end.min(tap + group);
        (0..run).step_by(len).map(move |value| Part { taps: taps.clone(), values: value..run.min(value + len) })
    })
}

/// Part of the weights of a block, applied to a row.
struct Step<'a> {
    packed: &'a Packed,
    input: &'a Plane,
    part: &'a Part,
    weights: &'a [f32],
    block: usize,
    row: usize,
    /// Taps inside the input.
    taps: Range<usize>,
    /// Whether the part is the first.
    starts: bool,
    /// Whether the part is the last.
    ends: bool,
}

impl Step<'_> {
    /// Adds the part to all positions of the row.
    #[inline(always)]
    fn row<S: Simd, O: Store, const N: usize, const M: usize, const V: usize>(
        &self,
        simd: S,
        partial: &mut [[S::f32s; V]],
        out: &mut O,
    ) {
        // Whole tiles of `N` positions as far as the rest is whole tiles of `M`.
        let cols = partial.len();
        let most = cols / N;
        let many = (0..=most).rev().find(|many| (cols - many * N).is_multiple_of(M)).unwrap_or(most);
        let mut col = 0;
        while col < cols {
            if col < many * N {
                self.tile::<S, O, N, V>(simd, partial, out, col);
                col += N;
            } else if cols - col >= M {
                self.tile::<S, O, M, V>(simd, partial, out, col);
                col += M;
            } else {
                self.tile::<S, O, 1, V>(simd, partial, out, col);
                col += 1;
            }
        }
    }

    /// Adds the part to `N` positions.
    #[inline(always)]
    fn tile<S: Simd, O: Store, const N: usize, const V: usize>(
        &self,
        simd: S,
        partial: &mut [[S::f32s; V]],
        out: &mut O,
        col: usize,
    ) {
        let mut sums: Sums<S, N, V> = [[simd.splat_f32s(0.0); V]; N];
        if !self.starts {
            sums.copy_from_slice(&partial[col..][..N]);
        }
        let place = (self.taps.clone(), self.row, col);
        self.packed.add(simd, &mut sums, self.input, (self.part, self.weights), place);
        if self.ends {
            out.store(simd, &sums, self.block, (self.row, col));
        } else {
            partial[col..][..N].copy_from_slice(&sums);
        }
    }
}
