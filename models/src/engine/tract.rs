//! The one place that names tract.

use std::sync::Arc;

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::TractErrorContext;

mod read;

use super::graph::Graph;
use super::{Engine, EngineError, OutputSpec};

struct TractEngine {
    input: Vec<usize>,
    output_specs: Vec<OutputSpec>,
    plan: Arc<TypedRunnableModel>,
}

/// Prepares an ONNX network for inputs of exactly the shape `input`, giving the outputs of these names.
///
/// The batch belongs to the shape and is best fixed to 1: tract takes about twice as long over a symbolic one.
pub(crate) fn load(onnx: &[u8], input: &[usize], outputs: &[&str]) -> Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(prepare(onnx, None, input, outputs).map_err(load_error)?))
}

/// As [`load`], for the part of the network behind the value named `from`, which takes the place of its input.
pub(crate) fn load_behind(
    onnx: &[u8],
    from: &str,
    input: &[usize],
    outputs: &[&str],
) -> Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(prepare(onnx, Some(from), input, outputs).map_err(load_error)?))
}

/// The graph of an ONNX file.
pub(crate) fn read(mut onnx: &[u8]) -> Result<Graph, EngineError> {
    let model = tract_onnx::onnx().proto_model_for_read(&mut onnx).map_err(load_error)?;
    Ok(read::graph(&model))
}

/// The whole chain of causes, in one line.
fn load_error(error: TractError) -> EngineError {
    EngineError::Load(format!("{error:#}"))
}

fn prepare(mut onnx: &[u8], from: Option<&str>, input: &[usize], outputs: &[&str]) -> TractResult<TractEngine> {
    let mut model = tract_onnx::onnx().model_for_read(&mut onnx)?;
    if let Some(from) = from {
        model.set_input_names([from])?;
    }
    model.set_input_fact(0, f32::fact(input).into())?;
    model.select_outputs_by_name(outputs)?;
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
    Ok(TractEngine { input: input.to_vec(), output_specs, plan: model.into_runnable()? })
}

impl TractEngine {
    fn try_run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> TractResult<()> {
        let input = Tensor::from_shape(&self.input, input)?;
        let results = self.plan.run(tvec!(input.into_tvalue()))?;
        for (output, result) in outputs.iter_mut().zip(results.iter()) {
            output.clear();
            output.extend_from_slice(result.view().as_slice::<f32>()?);
        }
        Ok(())
    }
}

impl Engine for TractEngine {
    fn input(&self) -> &[usize] {
        &self.input
    }

    fn outputs(&self) -> &[OutputSpec] {
        &self.output_specs
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        if outputs.len() != self.output_specs.len() {
            let (expected, got) = (self.output_specs.len(), outputs.len());
            return Err(EngineError::Run(format!("expected room for {expected} outputs, got {got}")));
        }
        self.try_run(input, outputs).map_err(|error| EngineError::Run(format!("{error:#}")))
    }
}
