//! Incremental evaluation of networks: each column once per frame instead of once per patch.
//!
//! Patches overlap. Where a network is made of convolutions over time with a pooling over time behind them, as MusiCNN
//! is, nearly all of its work on a patch is the same as on the one before. Here that work is kept from patch to patch,
//! and what a patch's zero padding changes at its borders is computed anew, so that the numbers are those of the whole
//! patch, to the rounding of the sums.
//!
//! ```text
//!                                                                                one per stream:
//! ONNX ─► plan ─┬─► Trunk ─► PackedModel (weights packed for the kernels; shared) ─┬─► ExactEvaluator ─┬─► pooled ─┐
//!               │                                                                  └─► Flow, streaming ┘           │
//!               └─► Rest: plain layers here, anything else by the library ◄────────────────────────────────────────┘
//! ```
//!
//! Which networks are of that kind the planner finds from the graph, not by name. A head on an embedding is the last of
//! these parts by itself: its layers are run here if they are plain.

use std::sync::Arc;

mod branch;
mod context_mode;
mod exact;
mod head;
mod kernel;
mod middle;
mod packed_model;
mod patch_shift;
mod plan;
mod ring_index;
mod streaming;
mod tail;
#[cfg(test)]
mod tests;
mod trunk;

use self::branch::Branch;
pub use self::context_mode::ContextMode;
use self::exact::ExactEvaluator;
pub(crate) use self::head::HeadEngine;
use self::middle::Middle;
use self::packed_model::PackedModel;
pub(crate) use self::plan::{plan, tail};
use self::streaming::{Flow, PACES};
pub(crate) use self::tail::Rest;
use self::trunk::Trunk;
use crate::engine::{Engine, EngineError, InferenceState, OutputSpec, PatchStep};

/// Engine that evaluates a planned network incrementally.
pub(crate) struct IncrementalEngine {
    input: Vec<usize>,
    channels: usize,
    prepared: Arc<PackedModel>,
    rest: Arc<Rest>,
}

impl IncrementalEngine {
    /// For inputs of the shape `input`; `rest` takes what the trunk pools.
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

impl Engine for IncrementalEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[OutputSpec] {
        self.rest.output_specs()
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let frames = self.prepared.frames;
        let mut state = IncrementalState::new(self, ContextMode::ZeroPadded);
        state.run_patch(input, PatchStep { new_frames: frames, next_move: frames }, outputs)
    }

    fn new_state(&self, context_mode: ContextMode) -> Option<Box<dyn InferenceState>> {
        Some(Box::new(IncrementalState::new(self, context_mode)))
    }
}

/// One stream through the trunk.
enum Evaluator {
    Exact(ExactEvaluator),
    Streaming(Flow),
}

/// State of one stream through an [`IncrementalEngine`].
struct IncrementalState {
    expected: usize,
    trunk: Evaluator,
    channels: usize,
    pooled: Vec<f32>,
    /// Kept for its memory.
    spare: Vec<f32>,
    rest: Arc<Rest>,
}

impl IncrementalState {
    fn new(engine: &IncrementalEngine, context_mode: ContextMode) -> Self {
        let prepared = Arc::clone(&engine.prepared);
        Self {
            expected: engine.input.iter().product(),
            trunk: match context_mode {
                ContextMode::ZeroPadded => Evaluator::Exact(ExactEvaluator::new(prepared)),
                ContextMode::Streaming => Evaluator::Streaming(Flow::new(prepared, PACES)),
            },
            channels: engine.channels,
            pooled: Vec::with_capacity(2 * engine.channels),
            spare: Vec::with_capacity(2 * engine.channels),
            rest: Arc::clone(&engine.rest),
        }
    }
}

impl InferenceState for IncrementalState {
    fn run_patch(&mut self, patch: &[f32], step: PatchStep, outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        if patch.len() != self.expected {
            let (expected, got) = (self.expected, patch.len());
            return Err(EngineError::Run(format!("expected a patch of {expected} values, got {got}")));
        }
        let Self { trunk, channels, pooled, spare, rest, .. } = self;
        pooled.resize(2 * *channels, 0.0);
        match trunk {
            Evaluator::Exact(stream) => stream.run_patch(patch, step.new_frames, step.next_move, pooled),
            Evaluator::Streaming(flow) => flow.run_patch(patch, step.new_frames, pooled),
        }
        rest.run(pooled, spare, outputs)
    }
}
