//! Memory of a run.

use std::ops::Range;

use super::build::Packing;
use super::rows::{Rows, kept};
use super::size::LEVELS;
use crate::kernel::{Buffers, LAST_PAD, Plane};

/// Memory of a run, reused by the next.
///
/// Networks of the same size can take turns with one scratch. For `UNet::run_shifted`, each network needs a scratch of
/// its own, made by [`for_shifts`](Self::for_shifts).
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    keeps_columns: bool,
    size: Size,
    /// Network of the last run.
    owner: Option<u64>,
    /// Mix with interleaved channels.
    pub(super) input: Plane,
    /// Encoder output before the normalization, and decoder output, by level.
    pub(super) joins: [Plane; LEVELS - 1],
    /// Encoder output after normalization and activation, by level.
    pub(super) actives: [Plane; LEVELS - 1],
    /// Output of the deepest encoder level.
    pub(super) bottom: Plane,
    /// Decoder output of one channel.
    pub(super) single: Plane,
    /// Memory of the convolutions.
    pub(super) buffers: Buffers,
    /// Rows of each encoder level that hold values of the last run.
    valid: [Range<usize>; LEVELS],
    /// Rows of each encoder level that the current run does not compute.
    pub(super) kept: [Range<usize>; LEVELS],
}

/// Sizes that the memory depends on.
#[derive(Debug, Clone, Default, PartialEq)]
struct Size {
    frames: usize,
    bins: usize,
    joins: [usize; LEVELS - 1],
    downs: [usize; LEVELS],
}

impl Scratch {
    /// Returns an empty scratch that keeps encoder columns for `UNet::run_shifted`, with more memory.
    pub(crate) fn for_shifts() -> Self {
        Self { keeps_columns: true, ..Self::default() }
    }

    /// Drops the columns of the previous run.
    pub(super) fn forget(&mut self) {
        self.owner = None;
    }

    /// Prepares a run: moves the columns of the previous run by `shift` frames, or allocates.
    pub(super) fn fit(&mut self, net: &Packing, frames: usize, rows: &Rows, shift: usize) {
        let size = Size {
            frames,
            bins: net.bins,
            joins: std::array::from_fn(|level| net.up(level).join_channels()),
            downs: std::array::from_fn(|level| net.downs[level].channels()),
        };
        if self.size != size {
            *self = Self::sized(net, size, self.keeps_columns);
        }
        let keeps = self.keeps_columns && self.owner == Some(net.id);
        self.owner = Some(net.id);
        self.kept = if keeps { kept(frames, shift, &self.valid) } else { Default::default() };
        for (level, (join, active)) in self.joins.iter_mut().zip(&mut self.actives).enumerate() {
            if !self.kept[level].is_empty() {
                join.shift(shift >> (level + 1));
                active.shift(shift >> (level + 1));
            }
        }
        self.valid = std::array::from_fn(|level| rows.valid(level, &self.kept[level]));
    }

    /// Returns a scratch for a network. Allocates.
    fn sized(net: &Packing, size: Size, keeps_columns: bool) -> Self {
        let extent = |level: usize| (size.frames >> level, size.bins >> level);
        let plane = |level: usize, held: usize, channels: usize, pad: (usize, usize)| {
            let (rows, cols) = extent(level);
            Plane::new((rows, held), cols, channels, pad)
        };
        // A band of a level takes this many rows of the level above, which is ahead by less than a band of its own.
        let taken = |level: usize| net.downs[level].band.saturating_mul(2).saturating_add(3);
        let held = |level: usize| match net.downs.get(level + 1) {
            Some(_) if !keeps_columns => taken(level + 1).saturating_add(net.downs[level].band),
            _ => usize::MAX,
        };
        let positions = |level: usize, band: usize| {
            let (rows, cols) = extent(level);
            rows.min(band) * cols
        };
        let downs = net.downs.iter().enumerate().map(|(level, down)| positions(level + 1, down.band));
        let ups = (0..LEVELS - 1).map(|level| positions(level + 2, net.up(level).band));
        let most = downs.chain(ups).chain([size.bins]).max().unwrap_or(0);
        Self {
            keeps_columns,
            input: plane(0, taken(0), 2, (1, 2)),
            joins: std::array::from_fn(|level| plane(level + 1, usize::MAX, size.joins[level], (1, 1))),
            actives: std::array::from_fn(|level| plane(level + 1, held(level), size.downs[level], (1, 2))),
            bottom: plane(LEVELS, usize::MAX, size.downs[LEVELS - 1], (1, 1)),
            single: plane(0, usize::MAX, 1, (LAST_PAD, LAST_PAD)),
            buffers: Buffers::new(most),
            size,
            ..Self::default()
        }
    }

    /// Interleaves the channels of a range of frames of the mix.
    pub(super) fn fill(&mut self, mix: &[f32], rows: Range<usize>) {
        let bins = self.size.bins;
        let (left, right) = mix.split_at(mix.len() / 2);
        for row in rows {
            let [left, right] = [left, right].map(|channel| &channel[row * bins..][..bins]);
            let (out, _) = self.input.row_mut(row).as_chunks_mut::<2>();
            for (out, (left, right)) in out.iter_mut().zip(left.iter().zip(right)) {
                *out = [*left, *right];
            }
        }
    }
}
