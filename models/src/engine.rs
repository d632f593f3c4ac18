//! Inference engines behind a trait, so that tests can use a fake and other engines can be measured.

use thiserror::Error;

pub(crate) mod graph;
pub(crate) mod library;
mod load;
pub(crate) mod onnx;
#[cfg(feature = "added-models")]
mod tract;

pub use self::load::{engine_from_onnx, engine_with_states, weights_from_onnx};
pub use self::onnx::OnnxWeights;
use crate::ContextMode;

/// Name and width of an output of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// Name of the tensor.
    pub name: String,
    /// Number of values of any shape.
    pub width: usize,
}

/// Loaded network with a batch of one. Streams share an engine, because a run does not change it.
///
/// A run allocates: call it on the worker thread.
pub trait Engine: Send + Sync {
    /// Returns the shape of the input, including the batch of 1.
    fn input(&self) -> &[usize];

    /// Returns the number of values at the start of an input that reach the outputs. Inputs may end there.
    fn needed_values(&self) -> usize {
        self.input().iter().product()
    }

    /// Returns the outputs in the order in which [`Engine::run`] fills them.
    fn outputs(&self) -> &[OutputSpec];

    /// Runs one input, flat and in row-major order; replaces the content of each vector in `outputs`.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the size of the input or the number of outputs is wrong, or the library fails.
    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError>;

    /// Creates the state of one stream of patches; none if the engine neither reuses work between patches nor carries
    /// tensors from one to the next. Allocates.
    fn new_state(&self, context_mode: ContextMode) -> Option<Box<dyn InferenceState>> {
        let _ = context_mode;
        None
    }
}

/// State of one stream of an engine: work that overlapping patches share, or tensors that the network carries from patch
/// to patch.
pub trait InferenceState: Send {
    /// Runs one patch; replaces the content of each vector in `outputs`. Allocates in the engine.
    ///
    /// # Errors
    /// As [`Engine::run`].
    fn run_patch(&mut self, patch: &[f32], step: PatchStep, outputs: &mut [Vec<f32>]) -> Result<(), EngineError>;

    /// Sets the state to that of a new stream.
    fn reset(&mut self) {}
}

/// Position of a patch relative to the previous and the next patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchStep {
    /// Number of frames at the end that were not in the previous patch of the stream; all frames if none is shared.
    pub new_frames: usize,
    /// Expected number of frames from this patch to the next. Another hop is possible at a higher cost.
    pub next_hop: usize,
}

/// Returns the names of the input with a state and of the output with its next value, in a file for
/// [`engine_with_states`].
#[must_use]
pub fn state_names(index: usize) -> [String; 2] {
    [format!("state_{index}"), format!("state_{index}_next")]
}

/// Error of an inference library, with its message.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The library cannot load the network.
    #[error("cannot load network: {0}")]
    Load(String),
    /// Only the inference library can run the network, and the program was built without it.
    #[error(
        "cannot load network: no native engine supports its layers (expected a program with the cargo feature \
         `added-models`, got one without). Build the program with this feature."
    )]
    WithoutLibrary,
    /// A loaded network failed on an input.
    #[error("cannot run network: {0}")]
    Run(String),
}
