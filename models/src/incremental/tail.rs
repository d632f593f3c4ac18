//! The layers behind the pooling: a few thousand values, too few for a library to be worth its calls.

use std::sync::Arc;

use super::kernel::{FrameKernel, padded};
use crate::engine::{Engine, EngineError, OutputSpec};

/// What a network does behind the pooling of its trunk.
pub(crate) enum Rest {
    /// Layers that are understood.
    Here(Tail),
    /// Anything else, by a library.
    Library(Arc<dyn Engine>),
}

impl Rest {
    /// Its outputs.
    pub(super) fn output_specs(&self) -> &[OutputSpec] {
        match self {
            Self::Here(tail) => &tail.output_specs,
            Self::Library(engine) => engine.outputs(),
        }
    }

    /// Runs on `values`, and may use them up; replaces the content of each vector in `outputs`. `spare` is kept for its
    /// memory.
    pub(super) fn run(
        &self,
        values: &mut Vec<f32>,
        spare: &mut Vec<f32>,
        outputs: &mut [Vec<f32>],
    ) -> Result<(), EngineError> {
        if outputs.len() != self.output_specs().len() {
            let (expected, got) = (self.output_specs().len(), outputs.len());
            return Err(EngineError::Run(format!("expected room for {expected} outputs, got {got}")));
        }
        match self {
            Self::Here(tail) => tail.run(values, spare, outputs),
            Self::Library(engine) => engine.run(values, outputs)?,
        }
        Ok(())
    }
}

/// Layers behind the pooling, one after the other.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(super) steps: Vec<Step>,
    pub(super) output_specs: Vec<OutputSpec>,
    /// `[output_spec]`: how many steps there are before it.
    pub(super) depths: Vec<usize>,
}

/// One operation on all values.
#[derive(Debug)]
pub(super) enum Step {
    /// Each is multiplied by its own factor.
    Multiply(Vec<f32>),
    /// To each its own number is added.
    Add(Vec<f32>),
    /// All are summed up with weights, for each of the outputs.
    Dense(Dense),
    /// What is below zero becomes zero.
    Relu,
    /// Each becomes a share, 0 to 1.
    Sigmoid,
    /// Each becomes a share, and all together are 1.
    Softmax,
}

/// A dense layer without its bias.
#[derive(Debug)]
pub(super) struct Dense {
    kernel: FrameKernel,
    outputs: usize,
}

impl Dense {
    /// Of `weights`, `[input][output]`.
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let kernel = FrameKernel::new((outputs, inputs, 1), |output, input, _| weights[input * outputs + output]);
        Self { kernel, outputs }
    }
}

impl Tail {
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

impl Step {
    fn run(&self, values: &mut Vec<f32>, spare: &mut Vec<f32>) {
        match self {
            Self::Multiply(factors) => values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor),
            Self::Add(terms) => values.iter_mut().zip(terms).for_each(|(value, term)| *value += term),
            Self::Dense(Dense { kernel, outputs }) => {
                spare.resize(padded(*outputs), 0.0);
                kernel.spread(values, spare);
                spare.truncate(*outputs);
                std::mem::swap(values, spare);
            }
            Self::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
            Self::Sigmoid => values.iter_mut().for_each(|value| *value = 1.0 / (1.0 + (-*value).exp())),
            Self::Softmax => {
                // Less the highest, so that nothing is too large.
                let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                values.iter_mut().for_each(|value| *value = (*value - highest).exp());
                let sum: f32 = values.iter().sum();
                values.iter_mut().for_each(|value| *value /= sum);
            }
        }
    }
}
