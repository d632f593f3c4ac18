//! Conversion of ONNX convolutions, poolings and normalizations.

use super::call::Call;
use crate::build::{BuildResult, GraphBuilder, OpError, Padding, Value, Window, op_error};

pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    let places = first.shape()?.len().saturating_sub(2);
    match &*node.op {
        "Conv" | "ConvTranspose" => {
            let kernel = second.constant()?;
            let bias = if call.is_given(2) { Some(call.input(2).constant()?) } else { None };
            let groups = usize::try_from(node.int("group").unwrap_or(1)).unwrap_or(0);
            let window = window(call, kernel.shape.get(2..).unwrap_or(&[]).to_vec())?;
            if node.op == "Conv" {
                return build.conv(first, kernel, bias, &window, groups);
            }
            if node.ints("output_padding").is_some_and(|list| list.iter().any(|&pad| pad != 0)) {
                return Err(OpError::Unknown);
            }
            let outcome = list(call, "output_shape", 0, 0)?;
            build.conv_transpose(first, kernel, bias, &window, Some(&*outcome).filter(|list| !list.is_empty()), groups)
        }
        "MaxPool" | "AveragePool" => {
            let kernel = list(call, "kernel_shape", 0, 0)?;
            let op = if node.op == "MaxPool" { "MaxPool" } else { "AveragePool" };
            build.pool(op, first, &window(call, kernel)?, node.is_set("count_include_pad"))
        }
        "GlobalAveragePool" | "GlobalMaxPool" => {
            let op = if node.op == "GlobalMaxPool" { "ReduceMax" } else { "ReduceMean" };
            let over: Vec<_> = (2..2 + places as i64).collect();
            if over.is_empty() { Err(OpError::Unknown) } else { build.reduce(op, first, &over, true) }
        }
        "BatchNormalization" => {
            if node.is_set("training_mode") {
                return op_error("expected a normalization in inference mode, got training mode");
            }
            let parts = [second, call.input(2), call.input(3), call.input(4)];
            build.normalise(first, parts, node.float("epsilon").unwrap_or(1e-5), 1)
        }
        _ => Err(OpError::Unknown),
    }
}

/// Returns a list attribute with one number for each spatial axis; `default` for each axis if it is absent.
fn list(call: &Call<'_>, name: &str, places: usize, default: usize) -> Result<Vec<usize>, OpError> {
    let Some(numbers) = call.node.ints(name) else { return Ok(vec![default; places]) };
    match numbers.iter().map(|&number| usize::try_from(number).ok()).collect() {
        Some(numbers) => Ok(numbers),
        None => op_error(format!("expected numbers of at least 0 as `{name}`, got {numbers:?}")),
    }
}

fn window(call: &Call<'_>, kernel: Vec<usize>) -> Result<Window, OpError> {
    let places = kernel.len();
    let padding = match call.node.text("auto_pad") {
        None | Some("" | "NOTSET") => {
            let pads = list(call, "pads", 2 * places, 0)?;
            if pads.len() != 2 * places {
                return op_error(format!("expected pads of {places} axes, got {pads:?}"));
            }
            Padding::Given((0..places).map(|axis| [pads[axis], pads[axis + places]]).collect())
        }
        Some("VALID") => Padding::Valid,
        Some("SAME_UPPER") => Padding::Same { upper: true },
        Some("SAME_LOWER") => Padding::Same { upper: false },
        Some(other) => {
            return op_error(format!("expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got {other}"));
        }
    };
    let (strides, dilations) = (list(call, "strides", places, 1)?, list(call, "dilations", places, 1)?);
    Ok(Window { kernel, strides, dilations, padding, ceil: call.node.is_set("ceil_mode") })
}

/// Converts `Pad`.
pub(super) fn pad(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, value) = (call.node, call.input(0));
    let rank = value.shape()?.len();
    let pads = call.list("pads", 1)?.unwrap_or_default();
    let pads: Option<Vec<_>> = pads.iter().map(|&pad| usize::try_from(pad).ok()).collect();
    let Some(pads) = pads.filter(|pads| pads.len() == 2 * rank && !call.is_given(3)) else {
        return op_error("expected pads of at least 0 for every axis");
    };
    let fill = match call.input(2) {
        Value::Absent => node.float("value").unwrap_or(0.0),
        value => value.float()?,
    };
    let fill = match node.text("mode") {
        None | Some("constant") => Some(fill),
        Some("reflect") => None,
        Some(_) => return Err(OpError::Unknown),
    };
    build.pad(value, &(0..rank).map(|axis| [pads[axis], pads[axis + rank]]).collect::<Vec<_>>(), fill)
}
