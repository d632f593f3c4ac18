//! Incremental evaluation of networks over overlapping patches: once per frame instead of once per patch.
//!
//! In a network of convolutions over time followed by pooling over time, such as MusiCNN, nearly all work on a patch is
//! the same as on the previous patch. This engine reuses that work and recomputes only what the zero padding of the
//! patch changes at its borders, so the results equal those of the whole patch up to rounding of sums.
//!
//! ```text
//!                                                          one per stream:
//! ONNX ─► plan ─┬─► Trunk ─► PackedModel (shared weights) ─┬─► ExactEvaluator ─────┬─► pooled ─┐
//!               │                                          └─► StreamingEvaluator ─┘           │
//!               └─► Classifier: plain layers natively, any other graph in the library ◄────────┘
//! ```
//!
//! The planner detects these networks from the graph, not by name. A head on an embedding is the last of these parts
//! alone: it runs natively if its layers are plain. Networks whose patches are normalized one by one, such as TempoCNN,
//! share no work between patches, but run in the same kernels.

use std::sync::Arc;

mod branch;
mod context_mode;
mod dense_stack;
mod exact;
mod front_kernel;
mod head;
mod kernel;
mod packed_model;
mod patch_net;
mod patch_shift;
mod plan;
mod ring_index;
mod stack;
mod streaming;
mod temporal_conv;
#[cfg(test)]
mod tests;
mod trunk;

use self::branch::FrontBranch;
pub use self::context_mode::ContextMode;
pub(crate) use self::dense_stack::Classifier;
use self::exact::ExactEvaluator;
pub(crate) use self::head::HeadEngine;
use self::packed_model::PackedModel;
pub(crate) use self::patch_net::PatchNetEngine;
pub(crate) use self::plan::{conv_stack, dense_stack, patch_net, plan};
pub(crate) use self::stack::StackEngine;
use self::streaming::{REFRESH_POLICIES, StreamingEvaluator};
use self::temporal_conv::TemporalConv;
use self::trunk::Trunk;
use crate::engine::{Engine, EngineError, InferenceState, OutputSpec, PatchStep};

/// Incremental engine of a planned network.
pub(crate) struct IncrementalEngine {
    input: Vec<usize>,
    channels: usize,
    model: Arc<PackedModel>,
    classifier: Arc<Classifier>,
}

impl IncrementalEngine {
    /// Creates an engine for inputs of the shape `input`; `classifier` takes the pooled values of the trunk.
    pub(crate) fn new(trunk: &Trunk, input: &[usize], classifier: Classifier) -> Self {
        let branches: Vec<_> =
            trunk.branches.iter().map(|branch| FrontBranch::new(branch, trunk.frames, trunk.bands)).collect();
        let mut channels: Vec<_> = branches.iter().map(FrontBranch::channels).collect();
        let mut middles = Vec::new();
        for middle in &trunk.middles {
            middles.push(TemporalConv::new(middle, &channels, trunk.frames));
            channels = vec![middle.outputs()];
        }
        let &Trunk { frames, bands, input_scale, input_shift, .. } = trunk;
        let model = Arc::new(PackedModel { frames, bands, input_scale, input_shift, branches, middles });
        Self { input: input.to_vec(), channels: trunk.channels(), model, classifier: Arc::new(classifier) }
    }
}

impl Engine for IncrementalEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[OutputSpec] {
        self.classifier.output_specs()
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let frames = self.model.frames;
        let mut state = IncrementalState::new(self, ContextMode::ZeroPadded);
        state.run_patch(input, PatchStep { new_frames: frames, next_hop: frames }, outputs)
    }

    fn new_state(&self, context_mode: ContextMode) -> Option<Box<dyn InferenceState>> {
        Some(Box::new(IncrementalState::new(self, context_mode)))
    }
}

/// Evaluator of the trunk for one stream.
enum Evaluator {
    Exact(ExactEvaluator),
    Streaming(StreamingEvaluator),
}

/// State of one stream of an [`IncrementalEngine`].
struct IncrementalState {
    expected: usize,
    trunk: Evaluator,
    channels: usize,
    pooled: Vec<f32>,
    /// Scratch buffer, reused between calls.
    spare: Vec<f32>,
    classifier: Arc<Classifier>,
}

impl IncrementalState {
    fn new(engine: &IncrementalEngine, context_mode: ContextMode) -> Self {
        let model = Arc::clone(&engine.model);
        Self {
            expected: engine.input.iter().product(),
            trunk: match context_mode {
                ContextMode::ZeroPadded => Evaluator::Exact(ExactEvaluator::new(model)),
                ContextMode::Streaming => Evaluator::Streaming(StreamingEvaluator::new(model, REFRESH_POLICIES)),
            },
            channels: engine.channels,
            pooled: Vec::with_capacity(2 * engine.channels),
            spare: Vec::with_capacity(2 * engine.channels),
            classifier: Arc::clone(&engine.classifier),
        }
    }
}

impl InferenceState for IncrementalState {
    fn run_patch(&mut self, patch: &[f32], step: PatchStep, outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        if patch.len() != self.expected {
            let (expected, got) = (self.expected, patch.len());
            return Err(EngineError::Run(format!("wrong patch size (expected {expected} values, got {got})")));
        }
        let Self { trunk, channels, pooled, spare, classifier, .. } = self;
        pooled.resize(2 * *channels, 0.0);
        match trunk {
            Evaluator::Exact(stream) => stream.run_patch(patch, step.new_frames, step.next_hop, pooled),
            Evaluator::Streaming(flow) => flow.run_patch(patch, step.new_frames, pooled),
        }
        classifier.run(pooled, spare, outputs)
    }
}
