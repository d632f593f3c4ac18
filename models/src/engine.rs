//! What runs a network. Behind a trait, so that a test can put a fake there and another engine can be measured.

use thiserror::Error;

pub(crate) mod graph;
mod load;
pub(crate) mod tract;

pub use self::load::engine_from_onnx;
use crate::ContextMode;

/// Name and width of a network output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// Name of the tensor.
    pub name: String,
    /// Number of values, whatever their shape.
    pub width: usize,
}

/// A network ready to run, with a batch of one. Streams share it: running changes nothing in it.
///
/// Running allocates, so it belongs on a worker thread.
pub trait Engine: Send + Sync {
    /// Shape of the input, the batch of 1 included.
    fn input(&self) -> &[usize];

    /// The outputs, in the order in which [`Engine::run`] fills them.
    fn outputs(&self) -> &[OutputSpec];

    /// Runs on one input, flat and in row-major order; replaces the content of each vector in `outputs`.
    ///
    /// # Errors
    /// [`EngineError::Run`] when input or outputs do not fit, or the library fails.
    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError>;

    /// Creates the state for one stream of overlapping patches; `None` if the engine shares no work between patches.
    /// Allocates.
    fn new_state(&self, context_mode: ContextMode) -> Option<Box<dyn InferenceState>> {
        let _ = context_mode;
        None
    }
}

/// Inference state of one stream, which reuses from patch to patch what does not change.
pub trait InferenceState: Send {
    /// Runs on one patch and replaces the content of each vector in `outputs`. Allocates inside the engine.
    ///
    /// # Errors
    /// As [`Engine::run`].
    fn run_patch(&mut self, patch: &[f32], step: PatchStep, outputs: &mut [Vec<f32>]) -> Result<(), EngineError>;
}

/// Distance of a patch to those before and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchStep {
    /// How many frames at its end were not in the patch heard before; all of them if nothing is shared.
    pub new_frames: usize,
    /// By how many frames the next one is expected to move on. Another move is heard as well, at more cost.
    pub next_move: usize,
}

/// An inference library's failure, in its own words.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The file is not a network that the library can prepare.
    #[error("the network cannot be loaded: {0}")]
    Load(String),
    /// A prepared network failed on an input.
    #[error("the network cannot be run: {0}")]
    Run(String),
}
