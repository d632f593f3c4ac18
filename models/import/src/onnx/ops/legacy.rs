//! Operations whose meaning depends on the version of the operation set.

use super::call::Call;
use crate::build::{BuildResult, GraphBuilder, OpError, Value, axis, op_error};
use crate::tensor::count;

/// First version in which elementwise operations broadcast as NumPy does.
const BROADCASTS_AS_NUMPY: i64 = 7;
/// First version in which `Softmax` works along one axis.
const SOFTMAX_OF_ONE_AXIS: i64 = 13;

/// Returns the second input of an elementwise operation, with axes of size 1 after it. Before version 7 its axes match
/// those of the first input from the attribute `axis` on, and only if `broadcast` is set.
pub(super) fn second_input(build: &mut GraphBuilder, call: &Call<'_>) -> Result<Value, OpError> {
    let (node, second) = (call.node, call.input(1));
    if !(1..BROADCASTS_AS_NUMPY).contains(&call.version) {
        return Ok(second.clone());
    }
    let (shape, mut own) = (call.input(0).shape()?, second.shape()?);
    if !node.is_set("broadcast") {
        if shape != own {
            return op_error(format!("expected equal shapes without `broadcast`, got {shape:?} and {own:?}"));
        }
        return Ok(second.clone());
    }
    let Some(from) = node.int("axis") else { return Ok(second.clone()) };
    let from = axis(from, shape.len())?;
    if from + own.len() > shape.len() {
        return op_error(format!("expected at most {} axes from axis {from} on, got {own:?}", shape.len() - from));
    }
    own.resize(shape.len() - from, 1);
    build.shaped(second, own)
}

/// Converts `Softmax`, `LogSoftmax` and `Hardmax`. Before version 13 the axis and all axes after it are flattened to one.
pub(super) fn softmax(build: &mut GraphBuilder, call: &Call<'_>, op: &'static str) -> BuildResult {
    let value = call.input(0);
    let shape = value.shape()?;
    if call.version >= SOFTMAX_OF_ONE_AXIS {
        return build.softmax(op, value, call.node.int("axis").unwrap_or(-1));
    }
    let along = axis(call.node.int("axis").unwrap_or(1), shape.len())?;
    if along + 1 == shape.len() {
        return build.softmax(op, value, along as i64);
    }
    let flat = build.shaped(value, vec![count(&shape[..along])?, count(&shape[along..])?])?;
    let result = build.softmax(op, &flat, 1)?;
    build.shaped(&result, shape)
}
