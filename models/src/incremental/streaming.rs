//! Evaluator of a trunk for one stream with [`ContextMode::Streaming`](super::ContextMode::Streaming).
//!
//! Frames pass through the layers one after the other. At the newest frame, zeros stand in place of later frames. As it
//! ages, the columns and rows around it are refreshed, and the difference of each refresh is added to the sums of the
//! next layer. A patch only selects the pooled frames; its left border has no effect.
//!
//! ```text
//! frame ─► FrameBuffer ─► BranchState (columns) ─ changes ─► LayerState (sums, rows) ─ changes ─► LayerState ─ ...
//!                                  └────── rows ──────────────────┴─ PoolState: maximum and mean over the patch
//! ```
//!
//! Refreshes depend on the received frames, not on the position of patches, so the results are the same at every hop,
//! up to rounding of sums.

use std::sync::Arc;

use super::packed_model::PackedModel;

mod frame_buffer;
mod front;
mod layer;
mod pool;
mod refresh;
mod rows;
#[cfg(test)]
mod tests;

use self::frame_buffer::FrameBuffer;
use self::front::BranchState;
use self::layer::LayerState;
use self::pool::PoolState;
use self::refresh::{RefreshPolicy, RefreshSchedule};

/// Refresh policies of the columns of the branches and of the rows of the layers.
///
/// A late refresh keeps the zeros of the right border in place of frames that were received already. With these
/// policies, that and the real left context together cost as much accuracy as analyzing a patch eight frames earlier.
pub(super) const REFRESH_POLICIES: [RefreshPolicy; 2] =
    [RefreshPolicy { part: 2, most: 16 }, RefreshPolicy { part: 5, most: 8 }];

/// Streaming evaluator of one stream.
pub(super) struct StreamingEvaluator {
    model: Arc<PackedModel>,
    /// Number of frames before a result that are processed one by one: the maximum refresh interval for each layer.
    /// Earlier frames are processed many at a time, which refreshes all rows too early; within the last frames, layer
    /// after layer, every row is refreshed on schedule again.
    steps: usize,
    /// Number of received frames.
    end: usize,
    frames: FrameBuffer,
    fronts: Vec<BranchState>,
    layers: Vec<LayerState>,
    pools: Vec<PoolState>,
    /// Scratch buffer, reused between calls.
    stops: Vec<usize>,
    scattered: Vec<f32>,
}

impl StreamingEvaluator {
    /// Creates an evaluator with the refresh policies of columns and rows. Allocates.
    pub(super) fn new(model: Arc<PackedModel>, [columns, rows]: [RefreshPolicy; 2]) -> Self {
        let PackedModel { frames, bands, branches, middles, .. } = &*model;
        let steps = rows.most * middles.len().max(1);
        let grows = branches.iter().map(|branch| branch.after).max().unwrap_or(0);
        let reaches = middles.iter().map(|middle| middle.taps()).sum::<usize>();
        // All refreshed or pooled rows, and the rows within their reach.
        let len = (*frames).max(steps + grows + reaches) + reaches;
        let fronts: Vec<_> = branches
            .iter()
            .map(|branch| BranchState::new(branch, RefreshSchedule::new(columns, branch.after), len, steps))
            .collect();
        let mut settled = grows;
        let layers: Vec<_> = middles
            .iter()
            .map(|middle| {
                settled += middle.taps() - 1 - middle.before;
                LayerState::new(middle, RefreshSchedule::new(rows, settled), len, steps)
            })
            .collect();
        let before = branches.iter().map(|branch| branch.before + branch.after).max().unwrap_or(0);
        let widths = fronts.iter().map(|front| front.rows().width()).chain(middles.iter().map(|middle| middle.width()));
        Self {
            steps,
            end: 0,
            frames: FrameBuffer::new(*bands, before, *frames),
            pools: widths.map(|width| PoolState::new(*frames, width)).collect(),
            fronts,
            layers,
            stops: Vec::with_capacity(steps),
            scattered: Vec::with_capacity(
                middles.iter().map(|m| (steps + settled) * m.width() * m.taps()).max().unwrap_or(0),
            ),
            model,
        }
    }

    /// Processes a patch, of which `new_frames` frames were not in the previous patch. Writes the maximum of each
    /// channel, then the mean of each, to `pooled`.
    pub(super) fn run_patch(&mut self, patch: &[f32], new_frames: usize, pooled: &mut [f32]) {
        let PackedModel { frames, bands, input_scale, input_shift, .. } = *self.model;
        let new_frames = if self.end == 0 || new_frames >= frames {
            self.end = 0;
            self.frames.clear();
            self.pools.iter_mut().for_each(PoolState::clear);
            frames
        } else {
            new_frames
        };
        let new = &patch[(frames - new_frames) * bands..];
        self.frames.extend(new.iter().map(|value| value * input_scale + input_shift));

        let (end, one_by_one) = (self.end + new_frames, self.end + new_frames.saturating_sub(self.steps));
        while self.end < one_by_one {
            self.advance(one_by_one.min(self.end + self.steps), self.steps);
        }
        if self.end < end {
            self.advance(end, 1);
        }
        self.pool(pooled);
    }

    /// Processes the frames up to `end`, `step` at a time.
    fn advance(&mut self, end: usize, step: usize) {
        let Self { model, frames, fronts, layers, stops, scattered, .. } = self;
        stops.clear();
        stops.extend((self.end..end).step_by(step).map(|begin| (begin + step).min(end)));
        for (front, branch) in fronts.iter_mut().zip(&model.branches) {
            front.refresh(branch, frames, self.end, stops);
        }
        for (index, &stop) in stops.iter().enumerate() {
            for (layer, middle) in layers.iter_mut().zip(&model.middles) {
                layer.make_room(middle, self.end, stop);
            }
            for (input, front) in fronts.iter_mut().enumerate() {
                let changes = front.changes(index, self.end);
                if let (Some(layer), Some(middle)) = (layers.first_mut(), model.middles.first()) {
                    layer.add(middle, input, changes, scattered);
                }
            }
            for (i, middle) in model.middles.iter().enumerate() {
                let (below, layer) = layers.split_at_mut(i);
                let (below, Some(layer)) = (below.last(), layer.first_mut()) else { continue };
                if let Some(below) = below {
                    layer.add(middle, 0, below.changes(), scattered);
                }
                layer.refresh(middle, below.map(LayerState::rows), self.end, stop, step > 1);
            }
            self.end = stop;
        }
    }

    /// Writes the maximum and the mean of each channel over the patch.
    fn pool(&mut self, pooled: &mut [f32]) {
        let PackedModel { frames, branches, middles, .. } = &*self.model;
        let (mut highest, mut mean) = pooled.split_at_mut(pooled.len() / 2);
        let channels = branches.iter().map(|branch| branch.channels()).chain(middles.iter().map(|m| m.outputs()));
        let rows = self.fronts.iter().map(|front| (front.rows(), front.schedule()));
        let rows = rows.chain(self.layers.iter().map(|layer| (layer.rows(), layer.schedule())));
        for ((channels, (rows, schedule)), pool) in channels.zip(rows).zip(&mut self.pools) {
            let (highest_here, sums) = pool.over(rows, schedule, *frames, self.end);
            let (highest_out, mean_out) = (highest.split_off_mut(..channels), mean.split_off_mut(..channels));
            highest_out.into_iter().flatten().zip(highest_here).for_each(|(out, highest)| *out = *highest);
            mean_out.into_iter().flatten().zip(sums).for_each(|(out, sum)| *out = sum / *frames as f32);
        }
    }
}
