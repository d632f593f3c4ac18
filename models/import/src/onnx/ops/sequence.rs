//! Conversion of ONNX normalizations, reductions with arithmetic, and operations along an axis.

use super::call::Call;
use super::{quantized, windows};
use crate::build::{BuildResult, GraphBuilder, OpError, axis, op_error};

pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    let epsilon = node.float("epsilon").unwrap_or(1e-5);
    match &*node.op {
        "LayerNormalization" => {
            let rank = first.shape()?.len();
            let from = axis(node.int("axis").unwrap_or(-1), rank)? as i64;
            let normal = build.standardized(first, &(from..rank as i64).collect::<Vec<_>>(), epsilon)?;
            let scaled = build.binary("Mul", &normal, second)?;
            if call.is_given(2) { build.binary("Add", &scaled, call.input(2)) } else { Ok(scaled) }
        }
        "RMSNormalization" | "SimplifiedLayerNormalization" => {
            let rank = first.shape()?.len();
            let from = axis(node.int("axis").unwrap_or(-1), rank)? as i64;
            let square = build.binary("Mul", first, first)?;
            let mean = build.reduce("ReduceMean", &square, &(from..rank as i64).collect::<Vec<_>>(), true)?;
            let mean = build.shifted(&mean, epsilon)?;
            let size = build.unary("Sqrt", &mean)?;
            let normal = build.binary("Div", first, &size)?;
            build.binary("Mul", &normal, second)
        }
        "InstanceNormalization" => {
            let channels = first.shape()?.get(1).copied().unwrap_or(0);
            let normal = build.group_standardized(first, channels, epsilon)?;
            build.per_channel(&normal, second, call.input(2))
        }
        "GroupNormalization" => group_normalization(build, call, epsilon),
        "MeanVarianceNormalization" => {
            let over = node.ints("axes").unwrap_or(&[0, 2, 3]).to_vec();
            build.standardized(first, &over, 1e-9)
        }
        "LpNormalization" => {
            let along = [node.int("axis").unwrap_or(-1)];
            let size = match node.int("p").unwrap_or(2) {
                1 => {
                    let size = build.unary("Abs", first)?;
                    build.reduce("ReduceSum", &size, &along, true)?
                }
                2 => {
                    let square = build.binary("Mul", first, first)?;
                    let sum = build.reduce("ReduceSum", &square, &along, true)?;
                    build.unary("Sqrt", &sum)?
                }
                p => return op_error(format!("expected p 1 or 2, got {p}")),
            };
            build.binary("Div", first, &size)
        }
        "ReduceL1" | "ReduceL2" | "ReduceSumSquare" | "ReduceLogSum" | "ReduceLogSumExp" => reduce(build, call),
        "Einsum" => build.einsum(node.text("equation").unwrap_or(""), call.inputs),
        "CumSum" => build.cumulative_sum(first, second.integer()?, node.is_set("exclusive"), node.is_set("reverse")),
        "TopK" => {
            let size = if call.is_given(1) { second.integer()? } else { node.int("k").unwrap_or(0) };
            let size = usize::try_from(size).unwrap_or(0);
            build.largest(first, node.int("axis").unwrap_or(-1), size, node.int("largest") == Some(0))
        }
        "ArgMax" | "ArgMin" => {
            if node.is_set("select_last_index") {
                return op_error("expected the first of equal elements, got the last");
            }
            let op = if node.op == "ArgMax" { "ArgMax" } else { "ArgMin" };
            build.arg_extreme(op, first, node.int("axis").unwrap_or(0), node.int("keepdims") != Some(0))
        }
        "Trilu" => {
            let diagonal = if call.is_given(1) { second.integer()? } else { 0 };
            build.triangle(first, diagonal, node.int("upper") != Some(0))
        }
        "DepthToSpace" => {
            let block = usize::try_from(node.int("blocksize").unwrap_or(0)).unwrap_or(0);
            build.depth_to_space(first, block, node.text("mode") == Some("CRD"))
        }
        "SpaceToDepth" => build.space_to_depth(first, usize::try_from(node.int("blocksize").unwrap_or(0)).unwrap_or(0)),
        "Compress" | "NonZero" | "Unique" | "NonMaxSuppression" => {
            op_error("expected an operation whose result has a fixed shape")
        }
        "RandomUniform" | "RandomNormal" | "RandomUniformLike" | "RandomNormalLike" | "Bernoulli" | "Multinomial" => {
            op_error("expected a network in inference mode, got random numbers")
        }
        _ => match quantized::make(build, call) {
            Err(OpError::Unknown) => windows::make(build, call),
            made => made,
        },
    }
}

/// Converts `GroupNormalization`. Before version 21 scale and bias are given for each group.
fn group_normalization(build: &mut GraphBuilder, call: &Call<'_>, epsilon: f32) -> BuildResult {
    let (value, shape) = (call.input(0), call.input(0).shape()?);
    let groups = usize::try_from(call.node.int("num_groups").unwrap_or(0)).unwrap_or(0);
    let normal = build.group_standardized(value, groups, epsilon)?;
    let channels = shape.get(1).copied().unwrap_or(0);
    let mut parts = [call.input(1).clone(), call.input(2).clone()];
    for part in &mut parts {
        let own = part.shape()?;
        if own == [groups] && groups != channels && groups != 1 {
            let column = build.shaped(part, vec![groups, 1])?;
            let each = build.expand(&column, &[groups, channels / groups.max(1)])?;
            *part = build.shaped(&each, vec![channels])?;
        }
    }
    build.per_channel(&normal, &parts[0], &parts[1])
}

fn reduce(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, value) = (call.node, call.input(0));
    let over = call.list("axes", 1)?.unwrap_or_default();
    if over.is_empty() && node.is_set("noop_with_empty_axes") {
        return op_error("expected axes, got none");
    }
    let keep = node.int("keepdims").unwrap_or(1) != 0;
    match &*node.op {
        "ReduceL1" => {
            let size = build.unary("Abs", value)?;
            build.reduce("ReduceSum", &size, &over, keep)
        }
        "ReduceLogSum" => {
            let sum = build.reduce("ReduceSum", value, &over, keep)?;
            build.unary("Log", &sum)
        }
        "ReduceLogSumExp" => {
            // The largest element is subtracted first, so that no power exceeds the range.
            let largest = build.reduce("ReduceMax", value, &over, true)?;
            let moved = build.binary("Sub", value, &largest)?;
            let powers = build.unary("Exp", &moved)?;
            let sum = build.reduce("ReduceSum", &powers, &over, keep)?;
            let logarithm = build.unary("Log", &sum)?;
            let largest = if keep { largest } else { build.reduce("ReduceMax", value, &over, false)? };
            build.binary("Add", &logarithm, &largest)
        }
        op => {
            let square = build.binary("Mul", value, value)?;
            let sum = build.reduce("ReduceSum", &square, &over, keep)?;
            if op == "ReduceL2" { build.unary("Sqrt", &sum) } else { Ok(sum) }
        }
    }
}
