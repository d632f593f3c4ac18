//! Evaluator for [`ContextMode::Streaming`](super::ContextMode::Streaming): one stream through a trunk.
//!
//! Frames go through the layers one after the other. Each is the newest once, and behind its right border there are
//! zeros; as it grows older, the columns and rows around it are visited and brought up to date, and what a visit changes
//! adds its difference to the sums of the next layer. A patch only says what is pooled: its left border cuts nothing.
//!
//! ```text
//! frame ─► FrameBuffer ─► Front (a branch: columns) ─ changes ─► Layer (sums, rows) ─ changes ─► Layer ─ ...
//!                    └────────── rows ──────────┴───── Pool: maximum and mean over the patch
//! ```
//!
//! What is visited, and what it finds, depends on the music that came, not on where patches begin. So the answer to a
//! patch is the same at every hop, to the rounding of its sums.

use std::sync::Arc;

use super::packed_model::PackedModel;

mod frame_buffer;
mod front;
mod layer;
mod pool;
mod rows;
#[cfg(test)]
mod tests;
mod visits;

use self::frame_buffer::FrameBuffer;
use self::front::Front;
use self::layer::Layer;
use self::pool::Pool;
use self::visits::{Pace, Visits};

/// When the columns of the branches are visited, and when the rows of the layers, which have changes from all below.
///
/// A visit that is late leaves the right border too far to the left. At this pace, that and the music on the left
/// together cost as much accuracy as hearing the whole patch eight frames earlier.
pub(super) const PACES: [Pace; 2] = [Pace { part: 2, most: 16 }, Pace { part: 5, most: 8 }];

/// What one stream keeps.
pub(super) struct Flow {
    prepared: Arc<PackedModel>,
    /// The last frames before an answer, which are heard one by one: as many for each layer as are from one visit to
    /// the next. Those before, if there are more, are heard many at once, which brings all rows up to date too early;
    /// but after that, one layer after the other, they are visited in their time.
    steps: usize,
    /// Frames that have come.
    end: usize,
    frames: FrameBuffer,
    fronts: Vec<Front>,
    layers: Vec<Layer>,
    pools: Vec<Pool>,
    /// Kept for their memory.
    stops: Vec<usize>,
    spread: Vec<f32>,
}

impl Flow {
    /// Allocates.
    pub(super) fn new(prepared: Arc<PackedModel>, [columns, rows]: [Pace; 2]) -> Self {
        let PackedModel { frames, bands, branches, middles, .. } = &*prepared;
        let steps = rows.most * middles.len().max(1);
        let grows = branches.iter().map(|branch| branch.after).max().unwrap_or(0);
        let reaches = middles.iter().map(|middle| middle.taps()).sum::<usize>();
        // Whatever is visited or pooled, and what is reached from it.
        let len = (*frames).max(steps + grows + reaches) + reaches;
        let fronts: Vec<_> =
            branches.iter().map(|branch| Front::new(branch, Visits::new(columns, branch.after), len, steps)).collect();
        let mut settled = grows;
        let layers: Vec<_> = middles
            .iter()
            .map(|middle| {
                settled += middle.taps() - 1 - middle.before;
                Layer::new(middle, Visits::new(rows, settled), len, steps)
            })
            .collect();
        let before = branches.iter().map(|branch| branch.before + branch.after).max().unwrap_or(0);
        let widths = fronts.iter().map(|front| front.rows().width()).chain(middles.iter().map(|middle| middle.width()));
        Self {
            steps,
            end: 0,
            frames: FrameBuffer::new(*bands, before, *frames),
            pools: widths.map(|width| Pool::new(*frames, width)).collect(),
            fronts,
            layers,
            stops: Vec::with_capacity(steps),
            spread: Vec::with_capacity(
                middles.iter().map(|m| (steps + settled) * m.width() * m.taps()).max().unwrap_or(0),
            ),
            prepared,
        }
    }

    /// Hears a patch, of which `new_frames` frames were not in the one before. Fills `pooled` with the maximum of each
    /// channel, then the mean of each.
    pub(super) fn run_patch(&mut self, patch: &[f32], new_frames: usize, pooled: &mut [f32]) {
        let PackedModel { frames, bands, input_scale, input_shift, .. } = *self.prepared;
        let new_frames = if self.end == 0 || new_frames >= frames {
            self.end = 0;
            self.frames.clear();
            self.pools.iter_mut().for_each(Pool::clear);
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

    /// Hears the frames up to `end`, by `step` at once, at most as many as that in one call.
    fn advance(&mut self, end: usize, step: usize) {
        let Self { prepared, frames, fronts, layers, stops, spread, .. } = self;
        stops.clear();
        stops.extend((self.end..end).step_by(step).map(|begin| (begin + step).min(end)));
        for (front, branch) in fronts.iter_mut().zip(&prepared.branches) {
            front.visit(branch, frames, self.end, stops);
        }
        for (index, &stop) in stops.iter().enumerate() {
            for (layer, middle) in layers.iter_mut().zip(&prepared.middles) {
                layer.make_room(middle, self.end, stop);
            }
            for (input, front) in fronts.iter_mut().enumerate() {
                let changes = front.changes(index, self.end);
                if let (Some(layer), Some(middle)) = (layers.first_mut(), prepared.middles.first()) {
                    layer.add(middle, input, changes, spread);
                }
            }
            for (i, middle) in prepared.middles.iter().enumerate() {
                let (below, layer) = layers.split_at_mut(i);
                let (below, Some(layer)) = (below.last(), layer.first_mut()) else { continue };
                if let Some(below) = below {
                    layer.add(middle, 0, below.changes(), spread);
                }
                layer.visit(middle, below.map(Layer::rows), self.end, stop, step > 1);
            }
            self.end = stop;
        }
    }

    fn pool(&mut self, pooled: &mut [f32]) {
        let PackedModel { frames, branches, middles, .. } = &*self.prepared;
        let (mut highest, mut mean) = pooled.split_at_mut(pooled.len() / 2);
        let channels = branches.iter().map(|branch| branch.channels()).chain(middles.iter().map(|m| m.outputs()));
        let rows = self.fronts.iter().map(|front| (front.rows(), front.visits()));
        let rows = rows.chain(self.layers.iter().map(|layer| (layer.rows(), layer.visits())));
        for ((channels, (rows, visits)), pool) in channels.zip(rows).zip(&mut self.pools) {
            let (highest_here, sums) = pool.over(rows, visits, *frames, self.end);
            let (highest_out, mean_out) = (highest.split_off_mut(..channels), mean.split_off_mut(..channels));
            highest_out.into_iter().flatten().zip(highest_here).for_each(|(out, highest)| *out = *highest);
            mean_out.into_iter().flatten().zip(sums).for_each(|(out, sum)| *out = sum / *frames as f32);
        }
    }
}
