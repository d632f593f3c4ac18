//! Native engine of a head of plain layers on an embedding.

use super::dense_stack::{Classifier, DenseStack};
use crate::engine::{Engine, EngineError, OutputSpec};

/// Engine of a head that consists of plain layers.
pub(crate) struct HeadEngine {
    input: [usize; 2],
    layers: Classifier,
}

impl HeadEngine {
    /// Creates an engine for embeddings of `width` values.
    pub(crate) fn new(width: usize, layers: DenseStack) -> Self {
        Self { input: [1, width], layers: Classifier::Native(layers) }
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
            return Err(EngineError::Run(format!("wrong embedding width (expected {expected}, got {})", input.len())));
        }
        self.layers.run(&mut input.to_vec(), &mut Vec::new(), outputs)
    }
}
