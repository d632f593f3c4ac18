//! Layers after the pooling: a few thousand values, for which the call overhead of the inference library would
//! dominate.

use std::sync::Arc;

use super::kernel::{FrameKernel, padded};
use crate::engine::{Engine, EngineError, OutputSpec};

/// Part of a network after the pooling of its trunk.
pub(crate) enum Classifier {
    /// Plain layers with native kernels.
    Native(DenseStack),
    /// Any other graph, in the inference library.
    Library(Arc<dyn Engine>),
}

impl Classifier {
    /// Returns the outputs.
    pub(super) fn output_specs(&self) -> &[OutputSpec] {
        match self {
            Self::Native(tail) => &tail.output_specs,
            Self::Library(engine) => engine.outputs(),
        }
    }

    /// Runs on `values`, which may be overwritten; replaces the content of each vector in `outputs`. `spare` is a
    /// reused scratch buffer.
    pub(super) fn run(
        &self,
        values: &mut Vec<f32>,
        spare: &mut Vec<f32>,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), EngineError> {
        if outputs.len() != self.output_specs().len() {
            let (expected, got) = (self.output_specs().len(), outputs.len());
            return Err(EngineError::Run(format!("wrong number of output buffers (expected {expected}, got {got})")));
        }
        match self {
            Self::Native(tail) => tail.run(values, spare, outputs),
            Self::Library(engine) => engine.run(values, outputs)?,
        }
        Ok(())
    }
}

/// Stack of plain layers.
#[derive(Debug)]
pub(crate) struct DenseStack {
    pub(super) steps: Vec<LayerOp>,
    pub(super) output_specs: Vec<OutputSpec>,
    /// `[output]`: number of operations before it.
    pub(super) depths: Vec<usize>,
}

/// Operation on all values.
#[derive(Debug)]
pub(super) enum LayerOp {
    /// Multiplies each value by its own factor.
    Multiply(Vec<f32>),
    /// Adds its own term to each value.
    Add(Vec<f32>),
    /// Computes a weighted sum of all values for each output.
    Dense(Dense),
    /// Replaces negative values by 0.
    Relu,
    /// Maps each value to 0 to 1.
    Sigmoid,
    /// Maps the values to shares that sum to 1.
    Softmax,
}

/// Dense layer without its bias.
#[derive(Debug)]
pub(super) struct Dense {
    kernel: FrameKernel,
    outputs: usize,
}

impl Dense {
    /// Packs `weights`, `[input][output]`. Allocates.
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let kernel = FrameKernel::new((outputs, inputs, 1), |output, input, _| weights[input * outputs + output]);
        Self { kernel, outputs }
    }
}

impl DenseStack {
    fn run(&self, values: &mut Vec<f32>, spare: &mut Vec<f32>, outputs: &mut [Vec<f32>]) {
        for depth in 0..=self.steps.len() {
            let here = self.depths.iter().zip(&mut *outputs).filter(|(wanted, _)| **wanted == depth);
            here.for_each(|(_, output)| output.clone_from(values));
            if let Some(step) = self.steps.get(depth) {
                step.run(values, spare);
            }
        }
    }
}

impl LayerOp {
    fn run(&self, values: &mut Vec<f32>, spare: &mut Vec<f32>) {
        match self {
            Self::Multiply(factors) => values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor),
            Self::Add(terms) => values.iter_mut().zip(terms).for_each(|(value, term)| *value += term),
            Self::Dense(Dense { kernel, outputs }) => {
                spare.resize(padded(*outputs), 0.0);
                kernel.scatter(values, spare);
                spare.truncate(*outputs);
                std::mem::swap(values, spare);
            }
            Self::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
            Self::Sigmoid => values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp())),
            Self::Softmax => {
                // Subtracting the maximum prevents overflow.
                let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                values.iter_mut().for_each(|value| *value = (*value - highest).exp());
                // In single precision, a sum of hundreds of small shares is rounded in the same direction many times.
                let sum: f64 = values.iter().copied().map(f64::from).sum();
                values.iter_mut().for_each(|value| *value = (f64::from(*value) / sum) as f32);
            }
        }
    }
}
