//! Inference with tract. No other module uses tract.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::{TractErrorContext, bail};

mod state;

use self::state::CarriedState;
use super::{Engine, EngineError, InferenceState, OutputSpec};
use crate::ContextMode;

struct TractEngine {
    input: Vec<usize>,
    /// Shapes of the states, which are the inputs after the first, and the outputs after those of `output_specs`.
    states: Vec<Vec<usize>>,
    output_specs: Vec<OutputSpec>,
    plan: Arc<TypedRunnableModel>,
}

/// Loads an ONNX network for inputs of exactly the shape `input`, with states of these shapes and with the outputs of
/// these names.
///
/// The shape includes the batch, which should be 1: tract takes about twice as long with a symbolic batch.
pub(crate) fn load(
    onnx: &[u8],
    input: &[usize],
    states: &[Vec<usize>],
    outputs: &[&str],
) -> Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(prepare(onnx, None, (input, states), outputs).map_err(load_error)?))
}

/// Loads the part of a network after the tensor `from`, which becomes the input, as [`load`] does.
pub(crate) fn load_from_tensor(
    onnx: &[u8],
    from: &str,
    input: &[usize],
    outputs: &[&str],
) -> Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(prepare(onnx, Some(from), (input, &[]), outputs).map_err(load_error)?))
}

/// Converts an error with its whole chain of causes, in one line.
fn load_error(error: TractError) -> EngineError {
    EngineError::Load(format!("{error:#}"))
}

fn prepare(
    mut onnx: &[u8],
    from: Option<&str>,
    (input, states): (&[usize], &[Vec<usize>]),
    outputs: &[&str],
) -> TractResult<TractEngine> {
    let mut model = tract_onnx::onnx().model_for_read(&mut onnx)?;
    let names: Vec<[String; 2]> = (0..states.len()).map(super::state_names).collect();
    if let Some(from) = from {
        model.set_input_names([from])?;
    } else if !states.is_empty() {
        let features = model.node(model.input_outlets()?[0].node).name.clone();
        model.set_input_names(std::iter::once(&features).chain(names.iter().map(|[state, _]| state)))?;
    }
    for (index, shape) in std::iter::once(input).chain(states.iter().map(Vec::as_slice)).enumerate() {
        model.set_input_fact(index, f32::fact(shape).into())?;
    }
    let next = names.iter().map(|[_, next]| next.as_str());
    model.select_outputs_by_name(outputs.iter().copied().chain(next))?;
    let model = model.into_optimized()?;
    let output_specs = outputs
        .iter()
        .enumerate()
        .map(|(index, &name)| {
            let shape = model.output_fact(index)?.shape.as_concrete();
            let shape = shape.with_context(|| format!("output `{name}` has no fixed shape"))?;
            Ok(OutputSpec { name: name.to_owned(), width: shape.iter().product() })
        })
        .collect::<TractResult<_>>()?;
    for (index, shape) in states.iter().enumerate() {
        let got = model.output_fact(outputs.len() + index)?.shape.as_concrete();
        if got != Some(shape) {
            bail!("state {index}: expected the shape {shape:?} after a run, got {got:?}");
        }
    }
    Ok(TractEngine { input: input.to_vec(), states: states.to_vec(), output_specs, plan: model.into_runnable()? })
}

impl TractEngine {
    fn try_run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> TractResult<()> {
        let mut states = state::zeros(&self.states)?;
        state::run(&self.plan, (&self.input, input), &mut states, outputs)
    }
}

impl Engine for TractEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[OutputSpec] {
        &self.output_specs
    }

    fn new_state(&self, _: ContextMode) -> Option<Box<dyn InferenceState>> {
        let carried = || CarriedState::new(Arc::clone(&self.plan), &self.input, &self.states);
        // Zeros of a shape that was loaded can always be made.
        (!self.states.is_empty()).then(carried)?.ok().map(|state| Box::new(state) as Box<dyn InferenceState>)
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        if outputs.len() != self.output_specs.len() {
            let (expected, got) = (self.output_specs.len(), outputs.len());
            return Err(EngineError::Run(format!("wrong number of output buffers (expected {expected}, got {got})")));
        }
        self.try_run(input, outputs).map_err(|error| EngineError::Run(format!("{error:#}")))
    }
}
