//! Evaluator for [`ContextMode::ZeroPadded`](super::ContextMode::ZeroPadded): takes the patches of one stream and returns
//! what the network pools of each.

use std::sync::Arc;

use super::branch::Columns;
use super::kernel::pool;
use super::middle::Layer;
use super::packed_model::PackedModel;
use super::patch_shift::PatchShift;

/// What one stream keeps.
pub(super) struct ExactEvaluator {
    prepared: Arc<PackedModel>,
    kept: Option<Kept>,
    plane: Vec<f32>,
}

struct Kept {
    grid: usize,
    columns: Vec<Columns>,
    layers: Vec<Layer>,
}

impl ExactEvaluator {
    pub(super) fn new(prepared: Arc<PackedModel>) -> Self {
        Self { prepared, kept: None, plane: Vec::new() }
    }

    /// Hears a patch, of which `new_frames` frames were not in the one before; the next one will move by `next_move`.
    /// Fills `pooled` with the maximum of each channel, then the mean of each.
    pub(super) fn run_patch(&mut self, patch: &[f32], new_frames: usize, next_move: usize, pooled: &mut [f32]) {
        let Self { prepared, kept, plane } = self;
        plane.clear();
        plane.extend(patch.iter().map(|value| value * prepared.input_scale + prepared.input_shift));

        // What is kept for places on a finer grid serves a coarser one.
        let (known, grid) = (new_frames < prepared.frames, next_move.clamp(1, prepared.frames));
        let fits = kept.as_ref().is_some_and(|kept| grid.is_multiple_of(kept.grid));
        let moved = match kept {
            Some(kept) if fits && known && new_frames.is_multiple_of(kept.grid) => PatchShift::By(new_frames),
            _ => PatchShift::Restart,
        };
        let kept = match kept {
            Some(kept) if fits => kept,
            kept => kept.insert(prepared.keep(grid)),
        };
        kept.advance(prepared, plane, moved);
        kept.pool(prepared, pooled);
    }
}

impl PackedModel {
    fn keep(&self, grid: usize) -> Kept {
        let columns = self.branches.iter().map(|branch| branch.columns(grid)).collect();
        let mut interiors: Vec<_> = self.branches.iter().map(|branch| branch.interior()).collect();
        let mut layers = Vec::new();
        for middle in &self.middles {
            let layer = middle.layer(&interiors);
            interiors = vec![layer.interior()];
            layers.push(layer);
        }
        Kept { grid, columns, layers }
    }
}

impl Kept {
    fn advance(&mut self, prepared: &PackedModel, plane: &[f32], moved: PatchShift) {
        let Self { columns, layers, .. } = self;
        for (branch, columns) in prepared.branches.iter().zip(&mut *columns) {
            branch.advance(columns, plane, moved);
        }
        for (i, middle) in prepared.middles.iter().enumerate() {
            let (before, layer) = layers.split_at_mut(i);
            let Some(layer) = layer.first_mut() else { continue };
            if let Some(before) = before.last() {
                middle.contribute(layer, 0, moved, |frame| before.row(frame));
                middle.finish(layer, |frame| before.row(frame));
            } else {
                for (input, (branch, columns)) in prepared.branches.iter().zip(&*columns).enumerate() {
                    middle.contribute(layer, input, moved, |frame| branch.row(columns, frame));
                }
                // The planner refuses a first layer with its input added.
                middle.finish(layer, |_| &[]);
            }
        }
    }

    fn pool(&self, prepared: &PackedModel, pooled: &mut [f32]) {
        let frames = prepared.frames;
        let (mut highest, mut mean) = pooled.split_at_mut(pooled.len() / 2);
        let mut share = |channels: usize| {
            let (highest_here, rest) = std::mem::take(&mut highest).split_at_mut(channels);
            highest = rest;
            let (mean_here, rest) = std::mem::take(&mut mean).split_at_mut(channels);
            mean = rest;
            (highest_here, mean_here)
        };
        for (branch, columns) in prepared.branches.iter().zip(&self.columns) {
            let (highest, mean) = share(branch.channels());
            pool(frames, |frame| branch.row(columns, frame), highest, mean);
        }
        for (middle, layer) in prepared.middles.iter().zip(&self.layers) {
            let (highest, mean) = share(middle.outputs());
            pool(frames, |frame| layer.row(frame), highest, mean);
        }
    }
}
