//! A head of plain layers on an embedding: as little work as what is behind the pooling of a trunk, and done likewise.

use super::tail::{Rest, Tail};
use crate::engine::{Engine, EngineError, OutputSpec};

/// An engine for a head whose layers are all understood.
pub(crate) struct HeadEngine {
    input: [usize; 2],
    layers: Rest,
}

impl HeadEngine {
    /// For embeddings of `width` values.
    pub(crate) fn new(width: usize, layers: Tail) -> Self {
        Self { input: [1, width], layers: Rest::Here(layers) }
    }
}

impl Engine for HeadEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[OutputSpec] {
        self.layers.output_specs()
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let [_, expected] = self.input;
        if input.len() != expected {
            return Err(EngineError::Run(format!("expected an embedding of {expected} values, got {}", input.len())));
        }
        self.layers.run(&mut input.to_vec(), &mut Vec::new(), outputs)
    }
}
