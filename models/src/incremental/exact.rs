//! Evaluator of a trunk for one stream with [`ContextMode::ZeroPadded`](super::ContextMode::ZeroPadded): a patch in,
//! its pooled values out.

use std::sync::Arc;

use super::branch::Columns;
use super::kernel::pool;
use super::packed_model::PackedModel;
use super::patch_shift::PatchShift;
use super::temporal_conv::TemporalConvState;

/// Exact evaluator of one stream.
pub(super) struct ExactEvaluator {
    model: Arc<PackedModel>,
    state: Option<ExactState>,
    plane: Vec<f32>,
}

/// State of the branches and layers of one stream.
struct ExactState {
    grid: usize,
    columns: Vec<Columns>,
    layers: Vec<TemporalConvState>,
}

impl ExactEvaluator {
    pub(super) fn new(model: Arc<PackedModel>) -> Self {
        Self { model, state: None, plane: Vec::new() }
    }

    /// Processes a patch, of which `new_frames` frames were not in the previous patch; the expected hop to the next
    /// patch is `next_hop`. Writes the maximum of each channel, then the mean of each, to `pooled`.
    pub(super) fn run_patch(&mut self, patch: &[f32], new_frames: usize, next_hop: usize, pooled: &mut [f32]) {
        let Self { model, state, plane } = self;
        plane.clear();
        plane.extend(patch.iter().map(|value| value * model.input_scale + model.input_shift));

        // State for a finer grid is valid for a coarser one.
        let (known, grid) = (new_frames < model.frames, next_hop.clamp(1, model.frames));
        let fits = state.as_ref().is_some_and(|state| grid.is_multiple_of(state.grid));
        let moved = match state {
            Some(state) if fits && known && new_frames.is_multiple_of(state.grid) => PatchShift::Overlap(new_frames),
            _ => PatchShift::Restart,
        };
        let state = match state {
            Some(state) if fits => state,
            state => state.insert(model.new_state(grid)),
        };
        state.advance(model, plane, moved);
        state.pool(model, pooled);
    }
}

impl PackedModel {
    fn new_state(&self, grid: usize) -> ExactState {
        let columns = self.branches.iter().map(|branch| branch.columns(grid)).collect();
        let mut interiors: Vec<_> = self.branches.iter().map(|branch| branch.interior()).collect();
        let mut layers = Vec::new();
        for middle in &self.middles {
            let layer = middle.layer(&interiors);
            interiors = vec![layer.interior()];
            layers.push(layer);
        }
        ExactState { grid, columns, layers }
    }
}

impl ExactState {
    fn advance(&mut self, model: &PackedModel, plane: &[f32], moved: PatchShift) {
        let Self { columns, layers, .. } = self;
        for (branch, columns) in model.branches.iter().zip(&mut *columns) {
            branch.advance(columns, plane, moved);
        }
        for (i, middle) in model.middles.iter().enumerate() {
            let (before, layer) = layers.split_at_mut(i);
            let Some(layer) = layer.first_mut() else { continue };
            if let Some(before) = before.last() {
                middle.contribute(layer, 0, moved, |frame| before.row(frame));
                middle.finish(layer, |frame| before.row(frame));
            } else {
                for (input, (branch, columns)) in model.branches.iter().zip(&*columns).enumerate() {
                    middle.contribute(layer, input, moved, |frame| branch.row(columns, frame));
                }
                // The planner rejects a residual first layer.
                middle.finish(layer, |_| &[]);
            }
        }
    }

    fn pool(&self, model: &PackedModel, pooled: &mut [f32]) {
        let frames = model.frames;
        let (mut highest, mut mean) = pooled.split_at_mut(pooled.len() / 2);
        let mut share = |channels: usize| {
            let (highest_here, rest) = std::mem::take(&mut highest).split_at_mut(channels);
            highest = rest;
            let (mean_here, rest) = std::mem::take(&mut mean).split_at_mut(channels);
            mean = rest;
            (highest_here, mean_here)
        };
        for (branch, columns) in model.branches.iter().zip(&self.columns) {
            let (highest, mean) = share(branch.channels());
            pool(frames, |frame| branch.row(columns, frame), highest, mean);
        }
        for (middle, layer) in model.middles.iter().zip(&self.layers) {
            let (highest, mean) = share(middle.outputs());
            pool(frames, |frame| layer.row(frame), highest, mean);
        }
    }
}
