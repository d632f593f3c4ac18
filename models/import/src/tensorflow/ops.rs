//! Conversion of TensorFlow operations.

mod call;
mod elementwise;
mod lists;
mod random;
mod strided;
mod windows;

use std::sync::Arc;

pub(crate) use self::call::Call;
use crate::build::{BuildResult, GraphBuilder, OpError, Value, axes, fold, op_error};
use crate::tensor::{Data, ElementType, Tensor, count};

/// Converts a node and returns its outputs.
pub(crate) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> Result<Vec<Value>, OpError> {
    if let Some(made) = lists::make(build, call)? {
        return Ok(made);
    }
    match &*call.node.op {
        "ShapeN" => call.inputs.iter().map(shape).collect(),
        "Split" => {
            let (along, value) = (call.input(0).integer()?, call.input(1));
            let parts = call.node.int("num_split").unwrap_or(1);
            let dim = value.shape()?.get(crate::build::axis(along, value.shape()?.len())?).copied().unwrap_or(0) as i64;
            if !(1..=dim).contains(&parts) || dim % parts != 0 {
                return op_error(format!("expected a number of parts that divides {dim}, got {parts}"));
            }
            build.split(value, along, &vec![dim / parts; usize::try_from(parts).unwrap_or(1)])
        }
        "SplitV" => build.split(call.input(0), call.input(2).integer()?, &call.input(1).integers()?),
        "Unpack" => {
            let (value, along) = (call.input(0), call.node.int("axis").unwrap_or(0));
            let dim = value.shape()?.get(crate::build::axis(along, value.shape()?.len())?).copied().unwrap_or(0);
            if dim > 4096 {
                return Err(OpError::Unknown);
            }
            let parts = build.split(value, along, &vec![1; dim])?;
            parts.iter().map(|part| build.squeeze(part, &[along])).collect()
        }
        "Switch" | "RefSwitch" => {
            let Data::Bool(taken) = call.input(1).constant()?.data.cast(ElementType::Bool) else {
                return Err(OpError::Unknown);
            };
            let value = call.input(0).clone();
            Ok(if taken == [true] { vec![Value::Unreachable, value] } else { vec![value, Value::Unreachable] })
        }
        _ => Ok(vec![one(build, call)?]),
    }
}

fn one(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    if random::is_random(call) && !matches!(&*node.op, "Shape" | "Rank" | "Size") {
        return random::make(build, call);
    }
    match &*node.op {
        "Const" => node.tensor("value").map(|tensor| Value::Constant(Arc::clone(tensor))).ok_or(OpError::Unknown),
        "Identity"
        | "StopGradient"
        | "PreventGradient"
        | "CheckNumerics"
        | "Snapshot"
        | "EnsureShape"
        | "ReadVariableOp"
        | "Exit"
        | "PlaceholderWithDefault" => Ok(first.clone()),
        // Elementwise operations.
        "Relu" | "Sigmoid" | "Tanh" | "Exp" | "Log" | "Sqrt" | "Neg" | "Abs" | "Floor" | "Ceil" | "Softplus"
        | "Erf" | "Sign" | "Sin" | "Cos" | "Round" | "Reciprocal" => build.unary(name(&node.op), first),
        "LogicalNot" => build.unary("Not", first),
        "Inv" => build.unary("Reciprocal", first),
        "Relu6" => build.clip(first, 0.0, 6.0),
        "Elu" => build.unary_with("Elu", first, 1.0),
        "LeakyRelu" => build.unary_with("LeakyRelu", first, node.float("alpha").unwrap_or(0.2)),
        "Square" => build.binary("Mul", first, first),
        "Rsqrt" => {
            let root = build.unary("Sqrt", first)?;
            build.unary("Reciprocal", &root)
        }
        "Add" | "AddV2" | "Sub" | "Mul" | "Pow" | "Equal" | "NotEqual" | "Less" | "Greater" | "Div" | "Minimum"
        | "Maximum" | "RealDiv" | "FloorDiv" | "FloorMod" | "LessEqual" | "GreaterEqual" | "LogicalAnd"
        | "LogicalOr" => build.binary(name(&node.op), first, second),
        "AddN" => call.inputs.iter().skip(1).try_fold(first.clone(), |sum, value| build.binary("Add", &sum, value)),
        "SquaredDifference" => {
            let difference = build.binary("Sub", first, second)?;
            build.binary("Mul", &difference, &difference)
        }
        "Select" | "SelectV2" => build.select(first, second, call.input(2)),
        "ClipByValue" => {
            let above = build.binary("Max", first, second)?;
            build.binary("Min", &above, call.input(2))
        }
        "Cast" => match node.int("DstT") {
            Some(1 | 2 | 14 | 19) => build.cast(first, ElementType::F32),
            Some(3..=6 | 9 | 17 | 22 | 23) => build.cast(first, ElementType::I64),
            Some(10) => build.cast(first, ElementType::Bool),
            _ => Err(OpError::Unknown),
        },
        // Shapes.
        "Shape" => shape(first),
        "Rank" => Ok(Value::Constant(Tensor::scalar(Data::I64(vec![first.shape()?.len() as i64])))),
        "Size" => Ok(Value::Constant(Tensor::scalar(Data::I64(vec![count(&first.shape()?)? as i64])))),
        "Reshape" => build.reshape(first, &second.integers()?, call.batch),
        "ExpandDims" => build.unsqueeze(first, &[second.integer()?]),
        "Squeeze" => build.squeeze(first, node.ints("squeeze_dims").or(node.ints("axis")).unwrap_or(&[])),
        "Transpose" => build.transpose(first, &second.integers()?),
        "BroadcastTo" => build.expand(first, &second.dims()?),
        "Fill" => build.expand(second, &first.dims()?),
        "ZerosLike" | "OnesLike" => {
            let is_one = node.op == "OnesLike";
            let number = match node.int("T") {
                Some(3..=6 | 9 | 17 | 22 | 23) => Data::I64(vec![is_one.into()]),
                Some(10) => Data::Bool(vec![is_one]),
                _ => Data::F32(vec![is_one.into()]),
            };
            build.expand(&Value::Constant(Tensor::scalar(number)), &first.shape()?)
        }
        "Tile" => build.tile(first, &second.integers()?),
        // Parts.
        "ConcatV2" => build.concat(call.all_but(1), call.input(call.inputs.len().saturating_sub(1)).integer()?),
        "Concat" => build.concat(call.inputs.get(1..).unwrap_or(&[]), first.integer()?),
        "Pack" => build.pack(call.inputs, node.int("axis").unwrap_or(0)),
        "StridedSlice" => strided::strided_slice(build, call),
        "Slice" => strided::slice(build, call),
        "Gather" | "GatherV2" => {
            let from = if call.inputs.len() > 2 { call.input(2).integer()? } else { 0 };
            if node.is_set("batch_dims") {
                return Err(OpError::Unknown);
            }
            build.gather(first, second.constant()?, from)
        }
        "Pad" | "PadV2" | "MirrorPad" => strided::pad(build, call),
        "RandomUniform" => Ok(Value::Uniform { shape: first.dims()?, low: 0.0, high: 1.0 }),
        "RandomStandardNormal"
        | "TruncatedNormal"
        | "Multinomial"
        | "StatelessRandomUniformV2"
        | "StatelessRandomNormalV2" => elementwise::random(),
        // Operations on constants only.
        "Range" => {
            build.net.charge(1)?;
            Ok(Value::Constant(fold::range(first.constant()?, second.constant()?, call.input(2).constant()?)?))
        }
        "Where" => {
            let tensor = first.constant()?;
            build.net.charge(tensor.data.len().saturating_mul(tensor.shape.len().max(1)))?;
            Ok(Value::Constant(fold::nonzero(tensor)?))
        }
        "SparseToDense" => strided::sparse(build, call),
        // Reductions and matrix products.
        "Mean" | "Sum" | "Max" | "Min" | "Prod" => {
            let over = second.integers()?;
            // An empty list of axes means no reduction.
            if over.is_empty() {
                return Ok(first.clone());
            }
            let over = axes(&over, first.shape()?.len())?.into_iter().map(|axis| axis as i64).collect::<Vec<_>>();
            build.reduce(reduction(&node.op), first, &over, node.is_set("keep_dims"))
        }
        "Softmax" => build.softmax("Softmax", first, -1),
        "LogSoftmax" => build.softmax("LogSoftmax", first, -1),
        "MatMul" | "BatchMatMul" | "BatchMatMulV2" | "BatchMatMulV3" => {
            let transposed = |build: &mut GraphBuilder, value: &Value, flags: [&str; 2]| {
                let rank = value.shape()?.len() as i64;
                if rank < 2 || !flags.iter().any(|flag| node.is_set(flag)) {
                    return Ok(value.clone());
                }
                build.transpose(value, &(0..rank - 2).chain([rank - 1, rank - 2]).collect::<Vec<_>>())
            };
            let one = transposed(build, first, ["transpose_a", "adj_x"])?;
            let other = transposed(build, second, ["transpose_b", "adj_y"])?;
            build.matmul(&one, &other)
        }
        _ => elementwise::make(build, call),
    }
}

fn shape(value: &Value) -> BuildResult {
    Ok(Value::Constant(Tensor::integers(value.shape()?.into_iter().map(|dim| dim as i64).collect())))
}

/// Returns the ONNX name of an elementwise operation.
fn name(op: &str) -> &'static str {
    const NAMES: [(&str, &str); 35] = [
        ("Abs", "Abs"),
        ("Add", "Add"),
        ("AddV2", "Add"),
        ("Ceil", "Ceil"),
        ("Cos", "Cos"),
        ("Div", "Div"),
        ("Equal", "Equal"),
        ("Erf", "Erf"),
        ("Exp", "Exp"),
        ("Floor", "Floor"),
        ("FloorDiv", "FloorDiv"),
        ("FloorMod", "Mod"),
        ("Greater", "Greater"),
        ("GreaterEqual", "GreaterOrEqual"),
        ("Less", "Less"),
        ("LessEqual", "LessOrEqual"),
        ("Log", "Log"),
        ("LogicalAnd", "And"),
        ("LogicalOr", "Or"),
        ("Maximum", "Max"),
        ("Minimum", "Min"),
        ("Mul", "Mul"),
        ("Neg", "Neg"),
        ("NotEqual", "NotEqual"),
        ("Pow", "Pow"),
        ("RealDiv", "Div"),
        ("Reciprocal", "Reciprocal"),
        ("Relu", "Relu"),
        ("Round", "Round"),
        ("Sigmoid", "Sigmoid"),
        ("Sign", "Sign"),
        ("Sin", "Sin"),
        ("Softplus", "Softplus"),
        ("Sqrt", "Sqrt"),
        ("Sub", "Sub"),
    ];
    // `Tanh` is the only other operation that the caller passes.
    NAMES.iter().find(|(theirs, _)| *theirs == op).map_or("Tanh", |(_, ours)| ours)
}

fn reduction(op: &str) -> &'static str {
    match op {
        "Mean" => "ReduceMean",
        "Sum" => "ReduceSum",
        "Max" => "ReduceMax",
        "Min" => "ReduceMin",
        _ => "ReduceProd",
    }
}
