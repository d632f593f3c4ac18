//! Incremental evaluation of networks over overlapping patches: once per frame instead of once per patch.
//!
//! In a network of convolutions over time followed by pooling over time, such as MusiCNN, nearly all work on a patch is
//! the same as on the previous patch. This engine reuses that work and recomputes only what the zero padding of the
//! patch changes at its borders, so the results equal those of the whole patch up to rounding of sums.
//!
//! ```text
//!                                                                                one per stream:
//! ONNX ─► plan ─┬─► Trunk ─► PackedModel (weights packed for the kernels; shared) ─┬─► Stream, exact ──┬─► pooled ─┐
//!               │                                                                  └─► Flow, streaming ┘           │
//!               └─► Rest: plain layers here, anything else by the library ◄────────────────────────────────────────┘
//! ```
//!
//! The planner detects these networks from the graph, not by name. A head on an embedding is the last of these parts
//! alone: it runs natively if its layers are plain.

use std::sync::Arc;

mod borders;
mod branch;
mod flow;
mod head;
mod kernel;
mod middle;
mod packed_model;
mod patch_shift;
mod plan;
mod ring_index;
mod stream;
mod tail;
#[cfg(test)]
mod tests;
mod trunk;

pub use self::borders::Borders;
use self::branch::Branch;
use self::flow::{Flow, PACES};
pub(crate) use self::head::HeadEngine;
use self::middle::Middle;
use self::packed_model::PackedModel;
pub(crate) use self::plan::{plan, tail};
use self::stream::Stream;
pub(crate) use self::tail::Rest;
use self::trunk::Trunk;
use crate::engine::{Advance, Engine, EngineError, Hearing, Outlet};

/// Incremental engine of a planned network.
pub(crate) struct ColumnEngine {
    input: Vec<usize>,
    channels: usize,
    prepared: Arc<PackedModel>,
    rest: Arc<Rest>,
}

impl ColumnEngine {
    /// Creates an engine for inputs of the shape `input`; `rest` takes the pooled values of the trunk.
    pub(crate) fn new(trunk: &Trunk, input: &[usize], rest: Rest) -> Self {
        let branches: Vec<_> =
            trunk.branches.iter().map(|branch| Branch::new(branch, trunk.frames, trunk.bands)).collect();
        let mut channels: Vec<_> = branches.iter().map(Branch::channels).collect();
        let mut middles = Vec::new();
        for middle in &trunk.middles {
            middles.push(Middle::new(middle, &channels, trunk.frames));
            channels = vec![middle.outputs()];
        }
        let &Trunk { frames, bands, input_scale, input_shift, .. } = trunk;
        let prepared = Arc::new(PackedModel { frames, bands, input_scale, input_shift, branches, middles });
        Self { input: input.to_vec(), channels: trunk.channels(), prepared, rest: Arc::new(rest) }
    }
}

impl Engine for ColumnEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[Outlet] {
        self.rest.outlets()
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let frames = self.prepared.frames;
        let mut hearing = ColumnHearing::new(self, Borders::Exact);
        hearing.hear(input, Advance { new_frames: frames, next_hop: frames }, outputs)
    }

    fn hearing(&self, borders: Borders) -> Option<Box<dyn Hearing>> {
        Some(Box::new(ColumnHearing::new(self, borders)))
    }
}

/// Evaluator of the trunk for one stream.
enum Evaluator {
    Exact(Stream),
    Streaming(Flow),
}

/// State of one stream of a [`ColumnEngine`].
struct ColumnHearing {
    expected: usize,
    trunk: Evaluator,
    channels: usize,
    pooled: Vec<f32>,
    /// Scratch buffer, reused between calls.
    spare: Vec<f32>,
    rest: Arc<Rest>,
}

impl ColumnHearing {
    fn new(engine: &ColumnEngine, borders: Borders) -> Self {
        let prepared = Arc::clone(&engine.prepared);
        Self {
            expected: engine.input.iter().product(),
            trunk: match borders {
                Borders::Exact => Evaluator::Exact(Stream::new(prepared)),
                Borders::Streaming => Evaluator::Streaming(Flow::new(prepared, PACES)),
            },
            channels: engine.channels,
            pooled: Vec::with_capacity(2 * engine.channels),
            spare: Vec::with_capacity(2 * engine.channels),
            rest: Arc::clone(&engine.rest),
        }
    }
}

impl Hearing for ColumnHearing {
    fn hear(&mut self, patch: &[f32], advance: Advance, outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        if patch.len() != self.expected {
            let (expected, got) = (self.expected, patch.len());
            return Err(EngineError::Run(format!("expected a patch of {expected} values, got {got}")));
        }
        let Self { trunk, channels, pooled, spare, rest, .. } = self;
        pooled.resize(2 * *channels, 0.0);
        match trunk {
            Evaluator::Exact(stream) => stream.hear(patch, advance.new_frames, advance.next_hop, pooled),
            Evaluator::Streaming(flow) => flow.hear(patch, advance.new_frames, pooled),
        }
        rest.run(pooled, spare, outputs)
    }
}
