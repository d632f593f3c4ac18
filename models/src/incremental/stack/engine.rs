//! Engine of a planned stack.

use std::sync::Arc;

use super::ConvStack;
use super::packed_stack::PackedStack;
use super::stack_stream::StackStream;
use crate::ContextMode;
use crate::engine::{Engine, EngineError, InferenceState, OutputSpec, PatchStep};
use crate::incremental::Classifier;

/// Engine of a stack of convolutions.
pub(crate) struct StackEngine {
    input: Vec<usize>,
    stack: Arc<PackedStack>,
    classifier: Arc<Classifier>,
}

impl StackEngine {
    /// Creates an engine for inputs of the shape `input`; `classifier` takes the flattened values of the stack. None if
    /// the stack is not supported.
    pub(crate) fn new(stack: &ConvStack, input: &[usize], classifier: Classifier) -> Option<Self> {
        let stack = Arc::new(PackedStack::new(stack)?);
        Some(Self { input: input.to_vec(), stack, classifier: Arc::new(classifier) })
    }
}

impl Engine for StackEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn needed_values(&self) -> usize {
        self.stack.frames * self.stack.bands
    }

    fn outputs(&self) -> &[OutputSpec] {
        self.classifier.output_specs()
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let mut state = StackState::new(self);
        state.run_patch(input, PatchStep { new_frames: usize::MAX, next_hop: usize::MAX }, outputs)
    }

    fn new_state(&self, _: ContextMode) -> Option<Box<dyn InferenceState>> {
        Some(Box::new(StackState::new(self)))
    }
}

/// State of one stream of a [`StackEngine`]. Both context modes give the same results: zeros on the left reach only a few
/// columns, which are computed for each patch.
struct StackState {
    /// Number of values of a whole patch, and of the part that reaches the outputs.
    expected: usize,
    needed: usize,
    stream: StackStream,
    flat: Vec<f32>,
    /// Scratch buffer, reused between calls.
    spare: Vec<f32>,
    classifier: Arc<Classifier>,
}

impl StackState {
    fn new(engine: &StackEngine) -> Self {
        Self {
            expected: engine.input.iter().product(),
            needed: engine.needed_values(),
            stream: StackStream::new(Arc::clone(&engine.stack)),
            flat: Vec::new(),
            spare: Vec::new(),
            classifier: Arc::clone(&engine.classifier),
        }
    }
}

impl InferenceState for StackState {
    fn run_patch(&mut self, patch: &[f32], step: PatchStep, outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        if patch.len() != self.expected && patch.len() != self.needed {
            let (expected, got) = (self.expected, patch.len());
            return Err(EngineError::Run(format!("wrong patch size (expected {expected} values, got {got})")));
        }
        let Self { stream, flat, spare, classifier, .. } = self;
        flat.clear();
        stream.run_patch(patch, step.new_frames, flat);
        classifier.run(flat, spare, outputs)
    }
}
