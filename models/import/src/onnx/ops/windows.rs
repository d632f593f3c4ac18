//! Conversion of ONNX convolutions, poolings and normalizations.

use std::sync::Arc;

use super::call::Call;
use crate::build::{BuildResult, GraphBuilder, OpError, PadMode, Padding, Value, Window, axis, op_error};
use crate::tensor::Tensor;

pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    match &*node.op {
        "Conv" | "ConvTranspose" => {
            let kernel = second.constant()?;
            let bias = if call.is_given(2) { Some(call.input(2).constant()?) } else { None };
            let groups = usize::try_from(node.int("group").unwrap_or(1)).unwrap_or(0);
            let window = window(call, kernel.shape.get(2..).unwrap_or(&[]).to_vec())?;
            if node.op == "Conv" {
                return build.conv(first, kernel, bias, &window, groups);
            }
            conv_transpose(build, call, kernel, bias, window, groups)
        }
        "MaxPool" | "AveragePool" => {
            let kernel = list(call, "kernel_shape", 0, 0)?;
            let op = if node.op == "MaxPool" { "MaxPool" } else { "AveragePool" };
            build.pool(op, first, &window(call, kernel)?, node.is_set("count_include_pad"))
        }
        "GlobalAveragePool" | "GlobalMaxPool" => {
            let op = if node.op == "GlobalMaxPool" { "ReduceMax" } else { "ReduceMean" };
            let over: Vec<_> = (2..first.shape()?.len() as i64).collect();
            if over.is_empty() { Err(OpError::Unknown) } else { build.reduce(op, first, &over, true) }
        }
        "BatchNormalization" => {
            if node.is_set("training_mode") {
                return op_error("expected a normalization in inference mode, got training mode");
            }
            let parts = [second, call.input(2), call.input(3), call.input(4)];
            build.normalise(first, parts, node.float("epsilon").unwrap_or(1e-5), 1)
        }
        "LRN" => {
            let size = usize::try_from(node.int("size").unwrap_or(0)).unwrap_or(0);
            let number = |name: &str, default: f32| node.float(name).unwrap_or(default);
            build.response_normalized(first, size, [number("alpha", 1e-4), number("beta", 0.75), number("bias", 1.0)])
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

pub(super) fn window(call: &Call<'_>, kernel: Vec<usize>) -> Result<Window, OpError> {
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

/// Converts `ConvTranspose`.
fn conv_transpose(
    build: &mut GraphBuilder,
    call: &Call<'_>,
    kernel: &Arc<Tensor>,
    bias: Option<&Arc<Tensor>>,
    mut window: Window,
    groups: usize,
) -> BuildResult {
    let (node, shape) = (call.node, call.input(0).shape()?);
    let places = window.kernel.len();
    let dims = list(call, "output_shape", 0, 0)?;
    let extra = list(call, "output_padding", places, 0)?;
    if shape.len() != places + 2 || extra.len() != places || window.check(places).is_err() {
        return op_error(format!("expected a window over {} axes, got {places}", shape.len().saturating_sub(2)));
    }
    let strided = |axis: usize| shape[axis + 2].saturating_mul(window.strides[axis]);
    let dims: Vec<_> = match &window.padding {
        // A declared shape replaces the padding, the larger half of which comes first unless stated otherwise.
        _ if !dims.is_empty() => {
            let upper = node.text("auto_pad") == Some("SAME_UPPER");
            window.padding = Padding::Same { upper };
            dims
        }
        Padding::Same { .. } => (0..places).map(strided).collect(),
        Padding::Given(pads) => {
            let dim = |axis: usize| {
                let full = strided(axis) - window.strides[axis] + window.reach(axis) + extra[axis];
                full.saturating_sub(pads[axis][0].saturating_add(pads[axis][1]))
            };
            (0..places).map(dim).collect()
        }
        Padding::Valid => (0..places).map(|axis| strided(axis) - window.strides[axis] + window.reach(axis)).collect(),
    };
    build.conv_transpose(call.input(0), kernel, bias, &window, Some(&*dims), groups)
}

/// Converts `Pad`.
pub(super) fn pad(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, value) = (call.node, call.input(0));
    let rank = value.shape()?.len();
    let given = call.list("pads", 1)?.or_else(|| node.ints("paddings").map(<[i64]>::to_vec)).unwrap_or_default();
    let axes = if call.is_given(3) {
        call.input(3).integers()?.iter().map(|&one| axis(one, rank)).collect::<Result<_, _>>()?
    } else {
        (0..rank).collect::<Vec<_>>()
    };
    let numbers: Option<Vec<_>> = given.iter().map(|&pad| usize::try_from(pad).ok()).collect();
    let Some(numbers) = numbers.filter(|numbers| numbers.len() == 2 * axes.len()) else {
        return op_error(format!("expected pads of at least 0 for {} axes, got {given:?}", axes.len()));
    };
    let mut pads = vec![[0, 0]; rank];
    axes.iter().enumerate().for_each(|(at, &axis)| pads[axis] = [numbers[at], numbers[at + axes.len()]]);
    let fill = match call.input(2) {
        Value::Absent => node.float("value").unwrap_or(0.0),
        value => value.float()?,
    };
    let mode = match node.text("mode") {
        None | Some("constant") => PadMode::Constant(fill),
        Some("reflect") => PadMode::Reflect,
        Some("edge") => PadMode::Edge,
        Some("wrap") => return build.pad_by_rows(value, &pads, |index, dim| index.rem_euclid(dim.max(1))),
        Some(other) => return op_error(format!("expected mode constant, reflect, edge or wrap, got {other}")),
    };
    build.pad(value, &pads, mode)
}
