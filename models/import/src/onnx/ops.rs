//! Conversion of ONNX operations.

mod activations;
mod call;
mod legacy;
mod quantized;
mod recurrent;
mod resize;
mod sequence;
mod windows;

use std::sync::Arc;

pub(crate) use self::call::Call;
use crate::build::slice::part;
use crate::build::{BuildResult, GraphBuilder, OpError, Value, axis, fold, op_error};
use crate::tensor::{Data, ElementType, Tensor, count};

/// Converts a node and returns its outputs.
pub(crate) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> Result<Vec<Value>, OpError> {
    let (node, first) = (call.node, call.input(0));
    match &*node.op {
        "Split" => {
            let along = node.int("axis").unwrap_or(0);
            let dim = first.shape()?.get(axis(along, first.shape()?.len())?).copied().unwrap_or(0) as i64;
            let sizes = match call.list("split", 1)? {
                Some(sizes) => sizes,
                None => {
                    let parts = node.int("num_outputs").unwrap_or(2).clamp(1, dim.max(1));
                    let size = (dim + parts - 1) / parts;
                    (0..parts).map(|part| size.min(dim - part * size)).collect()
                }
            };
            build.split(first, along, &sizes)
        }
        "LSTM" | "GRU" | "RNN" => recurrent::make(build, call),
        "DynamicQuantizeLinear" => quantized::dynamic(build, first),
        _ => Ok(vec![one(build, call)?]),
    }
}

fn one(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    match &*node.op {
        "Const" | "Constant" => constant(call),
        "Identity" | "Dropout" => Ok(first.clone()),
        // Elementwise operations.
        "Abs" | "Ceil" | "Cos" | "Erf" | "Exp" | "Floor" | "Log" | "Neg" | "Not" | "Reciprocal" | "Relu" | "Round"
        | "Sigmoid" | "Sign" | "Sin" | "Softplus" | "Sqrt" | "Tanh" | "Tan" | "Asin" | "Acos" | "Atan" | "Sinh"
        | "Cosh" | "Asinh" | "Acosh" | "Atanh" => build.unary(name(&node.op), first),
        "Elu" => build.unary_with("Elu", first, node.float("alpha").unwrap_or(1.0)),
        "LeakyRelu" => build.unary_with("LeakyRelu", first, node.float("alpha").unwrap_or(0.01)),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual"
        | "And" | "Or" => {
            let second = legacy::second_input(build, call)?;
            build.binary(name(&node.op), first, &second)
        }
        "Min" | "Max" | "Sum" | "Mean" => {
            let op = if matches!(&*node.op, "Sum" | "Mean") { "Add" } else { name(&node.op) };
            let all = call.inputs.iter().skip(1).try_fold(first.clone(), |all, value| build.binary(op, &all, value))?;
            let share = Value::Constant(Tensor::float(1.0 / call.inputs.len() as f32));
            if node.op == "Mean" { build.binary("Mul", &all, &share) } else { Ok(all) }
        }
        // A bound may depend on the input, as in a clamp relative to a maximum.
        "Clip" if [1, 2].iter().any(|&at| matches!(call.input(at), Value::Dynamic(_))) => {
            let raised = match call.input(1) {
                Value::Absent => first.clone(),
                low => build.binary("Max", first, low)?,
            };
            match call.input(2) {
                Value::Absent => Ok(raised),
                high => build.binary("Min", &raised, high),
            }
        }
        "Clip" => {
            let bound = |name: &str, at: usize, open: f32| match call.input(at) {
                Value::Absent => Ok(node.float(name).unwrap_or(open)),
                value => value.float(),
            };
            let (low, high) = (bound("min", 1, f32::MIN)?, bound("max", 2, f32::MAX)?);
            build.clip(first, low, high)
        }
        "PRelu" => {
            let zero = Value::Constant(Tensor::float(0.0));
            let (above, below) = (build.binary("Max", first, &zero)?, build.binary("Min", first, &zero)?);
            let below = build.binary("Mul", &below, second)?;
            build.binary("Add", &above, &below)
        }
        "Where" => build.select(first, second, call.input(2)),
        "Cast" => match node.int("to") {
            Some(1 | 10 | 11 | 16) => build.cast(first, ElementType::F32),
            Some(2..=7 | 12 | 13) => build.cast(first, ElementType::I64),
            Some(9) => build.cast(first, ElementType::Bool),
            _ => Err(OpError::Unknown),
        },
        // Shapes.
        "Shape" => {
            let shape = first.shape()?.into_iter().map(|dim| dim as i64).collect::<Vec<_>>();
            let (start, _, dim) = part(shape.len(), node.int("start"), node.int("end"), 1)?;
            Ok(Value::Constant(Tensor::integers(shape[start..start + dim].to_vec())))
        }
        "Size" => Ok(Value::Constant(Tensor::scalar(Data::I64(vec![count(&first.shape()?)? as i64])))),
        "Reshape" => {
            let mut target = call.list("shape", 1)?.unwrap_or_default();
            // A zero copies the dimension of the input.
            for (dim, had) in target.iter_mut().zip(first.shape()?) {
                if *dim == 0 && !node.is_set("allowzero") {
                    *dim = had as i64;
                }
            }
            build.reshape(first, &target, call.batch)
        }
        "Flatten" => {
            let shape = first.shape()?;
            let rank = shape.len() as i64;
            let along = node.int("axis").unwrap_or(1);
            let along = if along == rank { shape.len() } else { axis(along, shape.len())? };
            build.shaped(first, vec![count(&shape[..along])?, count(&shape[along..])?])
        }
        "Squeeze" => build.squeeze(first, &call.list("axes", 1)?.unwrap_or_default()),
        "Unsqueeze" => build.unsqueeze(first, &call.list("axes", 1)?.unwrap_or_default()),
        "Transpose" => {
            let transposed = || (0..first.shape().map_or(0, |shape| shape.len() as i64)).rev().collect();
            build.transpose(first, &node.ints("perm").map_or_else(transposed, <[i64]>::to_vec))
        }
        "Expand" => build.expand(first, &second.dims()?),
        "ConstantOfShape" => {
            let number = node.tensor("value").map_or_else(|| Tensor::float(0.0), Arc::clone);
            let number = Value::Constant(fold::reshape(&number, Vec::new())?);
            build.expand(&number, &first.dims()?)
        }
        "Tile" => build.tile(first, &second.integers()?),
        // Parts.
        "Concat" => build.concat(call.inputs, node.int("axis").unwrap_or(1)),
        "Gather" => build.gather(first, second.constant()?, node.int("axis").unwrap_or(0)),
        "Slice" => slice(build, call),
        "Pad" => windows::pad(build, call),
        "Range" => {
            build.net.charge(1)?;
            Ok(Value::Constant(fold::range(first.constant()?, second.constant()?, call.input(2).constant()?)?))
        }
        // Reductions and matrix products.
        "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceSum" | "ReduceProd" => {
            let over = call.list("axes", 1)?.unwrap_or_default();
            if over.is_empty() && node.is_set("noop_with_empty_axes") {
                return Ok(first.clone());
            }
            build.reduce(name(&node.op), first, &over, node.int("keepdims").unwrap_or(1) != 0)
        }
        "Softmax" | "LogSoftmax" | "Hardmax" => legacy::softmax(build, call, name(&node.op)),
        "MatMul" => build.matmul(first, second),
        "Gemm" => {
            let transposed = |build: &mut GraphBuilder, value: &Value, flag: &str| {
                if node.is_set(flag) { build.transpose(value, &[1, 0]) } else { Ok(value.clone()) }
            };
            let (one, other) = (transposed(build, first, "transA")?, transposed(build, second, "transB")?);
            let product = build.matmul(&one, &other)?;
            let factor = |name: &str| Value::Constant(Tensor::float(node.float(name).unwrap_or(1.0)));
            let product = build.binary("Mul", &product, &factor("alpha"))?;
            if !call.is_given(2) {
                return Ok(product);
            }
            let bias = build.binary("Mul", call.input(2), &factor("beta"))?;
            build.binary("Add", &product, &bias)
        }
        "Resize" | "Upsample" => resize::make(build, call),
        _ => activations::make(build, call),
    }
}

fn constant(call: &Call<'_>) -> BuildResult {
    let node = call.node;
    if let Some(tensor) = node.tensor("value") {
        return Ok(Value::Constant(Arc::clone(tensor)));
    }
    if let Some(number) = node.float("value_float") {
        return Ok(Value::Constant(Tensor::float(number)));
    }
    if let Some(number) = node.int("value_int") {
        return Ok(Value::Constant(Tensor::scalar(Data::I64(vec![number]))));
    }
    if let Some(numbers) = node.floats("value_floats") {
        return Ok(Value::Constant(Tensor::new(vec![numbers.len()], Data::F32(numbers.to_vec()))?));
    }
    match node.ints("value_ints") {
        Some(numbers) => Ok(Value::Constant(Tensor::integers(numbers.to_vec()))),
        None => op_error("expected numbers of a known element type"),
    }
}

fn slice(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let value = call.input(0);
    let shape = value.shape()?;
    let (starts, ends) = (call.list("starts", 1)?.unwrap_or_default(), call.list("ends", 2)?.unwrap_or_default());
    let over = call.list("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = if call.is_given(4) { call.input(4).integers()? } else { vec![1; starts.len()] };
    if ends.len() != starts.len() || over.len() != starts.len() || steps.len() != starts.len() {
        return op_error(format!("expected as many starts as ends, axes and steps, got {starts:?} and {ends:?}"));
    }
    let mut slices: Vec<_> = shape.iter().map(|&dim| (0, 1, dim)).collect();
    for (((start, end), along), step) in starts.into_iter().zip(ends).zip(over).zip(steps) {
        let along = axis(along, shape.len())?;
        slices[along] = part(shape[along], Some(start), Some(end), step)?;
    }
    build.slice(value, &slices)
}

/// Returns the name with a static lifetime.
fn name(op: &str) -> &'static str {
    const NAMES: [&str; 49] = [
        "Abs",
        "Acos",
        "Acosh",
        "Add",
        "And",
        "Asin",
        "Asinh",
        "Atan",
        "Atanh",
        "Ceil",
        "Cos",
        "Cosh",
        "Div",
        "Equal",
        "Erf",
        "Exp",
        "Floor",
        "Greater",
        "GreaterOrEqual",
        "Hardmax",
        "Less",
        "LessOrEqual",
        "Log",
        "LogSoftmax",
        "Max",
        "Min",
        "Mul",
        "Neg",
        "Not",
        "Or",
        "Pow",
        "Reciprocal",
        "ReduceMax",
        "ReduceMean",
        "ReduceMin",
        "ReduceProd",
        "ReduceSum",
        "Relu",
        "Round",
        "Sigmoid",
        "Sign",
        "Sin",
        "Sinh",
        "Softmax",
        "Softplus",
        "Sqrt",
        "Sub",
        "Tan",
        "Tanh",
    ];
    NAMES.into_iter().find(|name| *name == op).unwrap_or("")
}
