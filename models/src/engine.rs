//! What runs a network. Behind a trait, so that a test can put a fake there and another engine can be measured.

use thiserror::Error;

pub(crate) mod tract;

/// A named output and how many values it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
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
    fn outputs(&self) -> &[Outlet];

    /// Runs on one input, flat and in row-major order; replaces the content of each vector in `outputs`.
    ///
    /// # Errors
    /// [`EngineError::Run`] when input or outputs do not fit, or the library fails.
    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError>;
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
