//! Examination of a converted network by test runs: its outputs, their range, and values that are not numbers.

use std::collections::HashSet;

use earmark_models::{Engine, EngineError, ModelError, engine_with_states};
use std::sync::Arc;

use crate::InstallError;
use crate::input_spec::sides;
use crate::message::{integer, messages, text, write_bytes};

/// Tolerance of a probability and of the sum of probabilities.
const TOLERANCE: f32 = 1e-3;
/// Maximum number of inner values that are examined.
const MAX_INNER: usize = 2_000;

/// Operations of which an implementation may return a number for NaN.
const HIDING_OPS: [&str; 10] =
    ["Sigmoid", "Tanh", "Relu", "Clip", "Max", "Min", "MaxPool", "Softmax", "LeakyRelu", "Elu"];

/// Result of the examination of a network.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Examination {
    /// Number of values of each output.
    pub(crate) widths: Vec<usize>,
    /// Lowest and highest value of the first output in all runs.
    pub(crate) range: (f32, f32),
    /// Whether the values of the first output add up to 1 in all runs.
    pub(crate) sums_to_one: bool,
}

impl Examination {
    /// Runs a network on silence and on noise. Blocks.
    ///
    /// # Errors
    /// [`ModelError::Engine`] if the network does not run; [`InstallError::Mismatch`] if an output of classes has more than
    /// one axis; [`InstallError::NotFinite`] if a value within the network is NaN.
    pub(crate) fn new(id: &str, onnx: &[u8], shape: &[usize], outputs: &[&str]) -> Result<Self, InstallError> {
        Self::with_one_row(id, onnx, (shape, &[]), outputs)
    }

    /// Runs a network as [`Examination::new`] does, with the shapes of its input and its states. Blocks.
    pub(crate) fn with_one_row(
        id: &str,
        onnx: &[u8],
        shapes: (&[usize], &[Vec<usize>]),
        outputs: &[&str],
    ) -> Result<Self, InstallError> {
        check_axes(onnx)?;
        Self::of_any(id, onnx, shapes, outputs)
    }

    /// Runs a network whose outputs may have rows, as [`Examination::with_one_row`] does. Blocks.
    pub(crate) fn of_any(
        id: &str,
        onnx: &[u8],
        (shape, states): (&[usize], &[Vec<usize>]),
        outputs: &[&str],
    ) -> Result<Self, InstallError> {
        let inner = hidden_values(onnx);
        let failed = |error: EngineError| ModelError::Engine { id: id.to_owned(), error };
        let (engine, inner) = load(onnx, (shape, states), outputs, &inner).map_err(failed)?;
        let widths: Vec<usize> = engine.outputs().iter().take(outputs.len()).map(|output| output.width).collect();
        let mut results = vec![Vec::new(); outputs.len() + inner.len()];
        let (mut range, mut sums_to_one) =
            ((f32::INFINITY, f32::NEG_INFINITY), widths.first().is_some_and(|&width| width > 1));
        let mut input = vec![0.0; shape.iter().product()];
        for (place, (low, high)) in RUNS.iter().enumerate() {
            fill(&mut input, *low, *high);
            engine.run(&input, &mut results).map_err(failed)?;
            let is_nan = |values: &Vec<f32>| values.iter().any(|value| value.is_nan());
            if let Some(at) = results[outputs.len()..].iter().position(is_nan) {
                let input = if place == 0 { "silence" } else { "noise" };
                return Err(InstallError::NotFinite { value: inner[at].clone(), input });
            }
            let first = results.first().map(Vec::as_slice).unwrap_or_default();
            range = first.iter().fold(range, |(low, high), &value| (value.min(low), value.max(high)));
            sums_to_one &= (first.iter().sum::<f32>() - 1.0).abs() <= TOLERANCE;
        }
        Ok(Self { widths, range, sums_to_one: sums_to_one && range.0 >= -TOLERANCE })
    }

    /// Checks that the values of the first output are probabilities.
    pub(crate) fn check_probabilities(&self, next_step: &str) -> Result<(), InstallError> {
        let (low, high) = self.range;
        if low >= -TOLERANCE && high <= 1.0 + TOLERANCE {
            return Ok(());
        }
        let got = format!("values from {low:.3} to {high:.3} in a test run. {next_step}");
        Err(InstallError::mismatch("the output", "probabilities from 0 to 1", got))
    }
}

/// Ranges of the inputs of the runs: silence, and noise in ranges of the front ends.
const RUNS: [(f32, f32); 4] = [(0.0, 0.0), (0.0, 1.0), (0.0, 6.0), (-5.0, 5.0)];

fn fill(input: &mut [f32], low: f32, high: f32) {
    let mut state = 1_u32;
    for value in input {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value = low + (high - low) * ((state >> 8) as f32 / (1 << 24) as f32);
    }
}

/// Loads a network with the outputs and, if the engine accepts them, with inner values as further outputs.
fn load(
    onnx: &[u8],
    (shape, states): (&[usize], &[Vec<usize>]),
    outputs: &[&str],
    inner: &[String],
) -> Result<(Arc<dyn Engine>, Vec<String>), EngineError> {
    if !inner.is_empty() {
        let mut graph = Vec::new();
        for name in inner {
            let mut info = Vec::new();
            write_bytes(&mut info, 1, name.as_bytes());
            write_bytes(&mut graph, 12, &info);
        }
        let mut extended = onnx.to_vec();
        write_bytes(&mut extended, 7, &graph);
        let all: Vec<&str> = outputs.iter().copied().chain(inner.iter().map(String::as_str)).collect();
        // Inner values of another type than f32 are found in the first run.
        if let Ok(engine) = engine_with_states(&extended, shape, states, &all)
            && engine.run(&vec![0.0; shape.iter().product()], &mut vec![Vec::new(); all.len()]).is_ok()
        {
            return Ok((engine, inner.to_vec()));
        }
    }
    Ok((engine_with_states(onnx, shape, states, outputs)?, Vec::new()))
}

/// Returns the names of the values that reach an operation which may hide NaN.
fn hidden_values(onnx: &[u8]) -> Vec<String> {
    let graphs = || messages(onnx, 7);
    let constants: HashSet<&str> =
        graphs().flat_map(|graph| messages(graph, 5)).map(|tensor| text(tensor, 8)).collect();
    let inputs: HashSet<&str> = graphs().flat_map(|graph| messages(graph, 11)).map(|info| text(info, 1)).collect();
    let mut seen = HashSet::new();
    graphs()
        .flat_map(|graph| messages(graph, 1))
        .filter(|node| HIDING_OPS.contains(&text(node, 4)))
        .flat_map(|node| messages(node, 1))
        .filter_map(|name| std::str::from_utf8(name).ok())
        .filter(|name| !name.is_empty() && !constants.contains(name) && !inputs.contains(name) && seen.insert(*name))
        .take(MAX_INNER)
        .map(str::to_owned)
        .collect()
}

/// Returns the declared dimensions of an output.
fn dims(info: &[u8]) -> Option<Vec<usize>> {
    let tensor = messages(messages(info, 2).last()?, 1).last()?;
    let shape = messages(tensor, 2).last()?;
    messages(shape, 1).map(|dim| integer(dim, 1).and_then(|dim| usize::try_from(dim).ok())).collect()
}

/// Returns the shape of the embedding if it has more than one axis.
pub(crate) fn table(onnx: &[u8], output: &str) -> Option<String> {
    let infos = messages(onnx, 7).flat_map(|graph| messages(graph, 12));
    let dims = infos.filter(|info| text(info, 1) == output).filter_map(dims).last()?;
    let long: Vec<usize> = dims.into_iter().filter(|&dim| dim != 1).collect();
    (long.len() > 1).then(|| sides(&long))
}

/// Checks that an output with one value per class has one axis.
fn check_axes(onnx: &[u8]) -> Result<(), InstallError> {
    for output in ["activations", SCORES] {
        if let Some(table) = table(onnx, output) {
            return Err(InstallError::mismatch(
                "the output",
                "one value per class",
                format!(
                    "{table} values, such as one row per frame. State them as `output_rows` in a card (earmark models \
                     describe FILE), or average them over time within the network, for example with `mean(axis=1)`"
                ),
            ));
        }
    }
    Ok(())
}

/// Name of the predictions of a network before an appended activation.
pub(crate) const SCORES: &str = "scores";
