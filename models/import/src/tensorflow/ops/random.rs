//! Conversion of operations on random numbers. The result must not depend on them, as with a dropout of rate 0.

use super::call::Call;
use super::elementwise::random;
use crate::build::{BuildResult, GraphBuilder, OpError, Value};
use crate::tensor::{Data, Tensor};

/// Whether an input is a random number.
pub(super) fn is_random(call: &Call<'_>) -> bool {
    call.inputs.iter().any(|input| matches!(input, Value::Uniform { .. }))
}

/// Converts an operation with a random number as input.
pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (first, second) = (call.input(0), call.input(1));
    let number = |value: &Value| if matches!(value, Value::Constant(_)) { value.float().ok() } else { None };
    match (&*call.node.op, first, second) {
        ("Identity" | "StopGradient", _, _) => Ok(first.clone()),
        ("Add" | "AddV2", Value::Uniform { shape, low, high }, other)
        | ("Add" | "AddV2", other, Value::Uniform { shape, low, high }) => match number(other) {
            Some(shift) => Ok(Value::Uniform { shape: shape.clone(), low: low + shift, high: high + shift }),
            None => random(),
        },
        ("Mul", Value::Uniform { shape, low, high }, other) | ("Mul", other, Value::Uniform { shape, low, high }) => {
            match number(other).filter(|&factor| factor > 0.0) {
                Some(factor) => Ok(Value::Uniform { shape: shape.clone(), low: low * factor, high: high * factor }),
                None => random(),
            }
        }
        ("Floor", Value::Uniform { shape, low, high }, _) if low.floor() + 1.0 >= *high => {
            filled(build, shape, Data::F32(vec![low.floor()]))
        }
        ("GreaterEqual", Value::Uniform { shape, low, high }, other) => match number(other) {
            Some(bound) if bound <= *low => filled(build, shape, Data::Bool(vec![true])),
            Some(bound) if bound >= *high => filled(build, shape, Data::Bool(vec![false])),
            _ => random(),
        },
        ("Less", Value::Uniform { shape, low, high }, other) => match number(other) {
            Some(bound) if bound >= *high => filled(build, shape, Data::Bool(vec![true])),
            Some(bound) if bound <= *low => filled(build, shape, Data::Bool(vec![false])),
            _ => random(),
        },
        _ => random(),
    }
}

fn filled(build: &mut GraphBuilder, shape: &[usize], number: Data) -> Result<Value, OpError> {
    build.expand(&Value::Constant(Tensor::scalar(number)), shape)
}
