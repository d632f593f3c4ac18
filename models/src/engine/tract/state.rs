//! Tensors that a network carries from one patch to the next, such as the state of an LSTM. They are zeros at the start
//! of a stream.

use std::sync::Arc;

use tract_onnx::prelude::*;

use crate::{EngineError, InferenceState, PatchStep};

/// State of one stream of a network with states.
pub(super) struct CarriedState {
    plan: Arc<TypedRunnableModel>,
    input: Vec<usize>,
    states: Vec<Tensor>,
}

impl CarriedState {
    /// Creates the state of a new stream, for inputs of the shape `input` and states of these shapes. Allocates.
    pub(super) fn new(plan: Arc<TypedRunnableModel>, input: &[usize], states: &[Vec<usize>]) -> TractResult<Self> {
        Ok(Self { plan, input: input.to_vec(), states: zeros(states)? })
    }
}

impl InferenceState for CarriedState {
    fn run_patch(&mut self, patch: &[f32], _: PatchStep, outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let ran = run(&self.plan, (&self.input, patch), &mut self.states, outputs);
        ran.map_err(|error| EngineError::Run(format!("{error:#}")))
    }

    fn reset(&mut self) {
        for state in &mut self.states {
            // The tensors were created with this type.
            let _ = state.fill_t(0.0_f32);
        }
    }
}

/// Returns the states at the start of a stream.
pub(super) fn zeros(shapes: &[Vec<usize>]) -> TractResult<Vec<Tensor>> {
    shapes.iter().map(|shape| Tensor::zero::<f32>(shape)).collect()
}

/// Runs a network on one input, and replaces the states and the content of the outputs.
pub(super) fn run(
    plan: &Arc<TypedRunnableModel>,
    (shape, input): (&[usize], &[f32]),
    states: &mut [Tensor],
    outputs: &mut [Vec<f32>],
) -> TractResult<()> {
    let carried = states.iter().map(|state| state.clone().into_tvalue());
    let inputs = std::iter::once(Tensor::from_shape(shape, input)?.into_tvalue()).chain(carried).collect();
    let mut results = plan.run(inputs)?.into_iter();
    for (output, result) in outputs.iter_mut().zip(&mut results) {
        output.clear();
        output.extend_from_slice(result.view().as_slice::<f32>()?);
    }
    for (state, next) in states.iter_mut().zip(results) {
        *state = next.into_tensor();
    }
    Ok(())
}
