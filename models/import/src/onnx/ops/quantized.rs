//! Conversion of ONNX quantizations: integers are kept as whole numbers of type f32.

use super::call::Call;
use super::windows::window;
use crate::build::{BuildResult, GraphBuilder, OpError, Value, axis, op_error};
use crate::onnx::ELEMENT_TYPE;
use crate::tensor::{Data, ElementType, Tensor};

/// Converts a node with one output.
pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (first, second) = (call.input(0), call.input(1));
    match &*call.node.op {
        "DequantizeLinear" => dequantized(build, call, first, [second, call.input(2)]),
        "QuantizeLinear" => quantized(build, call, first, [second, call.input(2)]),
        "MatMulInteger" => {
            let one = shifted_back(build, first, call.input(2), None)?;
            // A zero point of the second matrix is one for each column.
            let other = shifted_back(build, second, call.input(3), None)?;
            build.matmul(&one, &other)
        }
        "ConvInteger" => {
            let value = shifted_back(build, first, call.input(2), None)?;
            let kernel = shifted_back(build, second, call.input(3), Some(0))?;
            convolved(build, call, &value, &kernel, &Value::Absent)
        }
        "QLinearMatMul" => {
            let one = dequantized(build, call, first, [second, call.input(2)])?;
            let other = dequantized(build, call, call.input(3), [call.input(4), call.input(5)])?;
            let product = build.matmul(&one, &other)?;
            quantized(build, call, &product, [call.input(6), call.input(7)])
        }
        "QLinearConv" => {
            let value = dequantized(build, call, first, [second, call.input(2)])?;
            let kernel = call.input(3);
            let scale = aligned(build, call.input(4), kernel, Some(0))?;
            let kernel = shifted_back(build, kernel, call.input(5), Some(0))?;
            let kernel = build.binary("Mul", &kernel, &scale)?;
            let mut bias = call.input(8).clone();
            if call.is_given(8) {
                let factor = build.binary("Mul", call.input(4), second)?;
                let whole = build.cast(&bias, ElementType::F32)?;
                bias = build.binary("Mul", &whole, &factor)?;
            }
            let result = convolved(build, call, &value, &kernel, &bias)?;
            quantized(build, call, &result, [call.input(6), call.input(7)])
        }
        _ => Err(OpError::Unknown),
    }
}

/// Converts `DynamicQuantizeLinear`: whole numbers from 0 to 255, the scale and the zero point of the value itself.
pub(super) fn dynamic(build: &mut GraphBuilder, value: &Value) -> Result<Vec<Value>, OpError> {
    let lowest = build.reduce("ReduceMin", value, &[], false)?;
    let lowest = build.binary("Min", &lowest, &number(0.0))?;
    let highest = build.reduce("ReduceMax", value, &[], false)?;
    let highest = build.binary("Max", &highest, &number(0.0))?;
    let span = build.binary("Sub", &highest, &lowest)?;
    let scale = build.exact_quotient(&span, &number(255.0))?;
    // The scale of a value of zeros is 1.
    let is_zero = build.binary("Equal", &scale, &number(0.0))?;
    let scale = build.select(&is_zero, &number(1.0), &scale)?;
    let zero = build.binary("Div", &lowest, &scale)?;
    let zero = build.unary("Neg", &zero)?;
    let zero = build.clip(&zero, 0.0, 255.0)?;
    let zero = build.unary("Round", &zero)?;
    let quotient = build.binary("Div", value, &scale)?;
    let whole = build.unary("Round", &quotient)?;
    let moved = build.binary("Add", &whole, &zero)?;
    Ok(vec![build.clip(&moved, 0.0, 255.0)?, scale, zero])
}

fn convolved(build: &mut GraphBuilder, call: &Call<'_>, value: &Value, kernel: &Value, bias: &Value) -> BuildResult {
    let kernel = kernel.constant()?;
    let bias = if matches!(bias, Value::Absent) { None } else { Some(bias.constant()?) };
    let groups = usize::try_from(call.node.int("group").unwrap_or(1)).unwrap_or(0);
    let window = window(call, kernel.shape.get(2..).unwrap_or(&[]).to_vec())?;
    build.conv(value, kernel, bias, &window, groups)
}

/// Returns a scale or zero point in the shape that is combined with `value`: one number, or one for each element of the
/// axis `along`.
fn aligned(build: &mut GraphBuilder, part: &Value, value: &Value, along: Option<usize>) -> BuildResult {
    let (own, shape) = (part.shape()?, value.shape()?);
    match (&*own, along) {
        ([] | [1], _) => build.shaped(part, vec![]),
        ([_], None) => Ok(part.clone()),
        ([dim], Some(along)) if shape.get(along) == Some(dim) => {
            let mut dims = vec![1; shape.len() - along];
            dims[0] = *dim;
            build.shaped(part, dims)
        }
        _ => op_error(format!("expected one number, or one for each element of an axis of {shape:?}, got {own:?}")),
    }
}

/// Subtracts the zero point.
fn shifted_back(build: &mut GraphBuilder, value: &Value, zero: &Value, along: Option<usize>) -> BuildResult {
    let value = build.cast(value, ElementType::F32)?;
    if matches!(zero, Value::Absent) {
        return Ok(value);
    }
    let zero = build.cast(zero, ElementType::F32)?;
    let zero = aligned(build, &zero, &value, along)?;
    build.binary("Sub", &value, &zero)
}

fn quantized_axis(call: &Call<'_>, value: &Value) -> Result<Option<usize>, OpError> {
    if call.node.is_set("block_size") {
        return op_error("expected one scale, or one for each element of an axis, got blocks");
    }
    let rank = value.shape()?.len();
    let along = if call.node.op.starts_with("QLinear") { -1 } else { call.node.int("axis").unwrap_or(1) };
    Ok(axis(along, rank).ok())
}

fn dequantized(build: &mut GraphBuilder, call: &Call<'_>, value: &Value, [scale, zero]: [&Value; 2]) -> BuildResult {
    let along = quantized_axis(call, value)?;
    let whole = shifted_back(build, value, zero, along)?;
    let scale = aligned(build, scale, value, along)?;
    build.binary("Mul", &whole, &scale)
}

fn quantized(build: &mut GraphBuilder, call: &Call<'_>, value: &Value, [scale, zero]: [&Value; 2]) -> BuildResult {
    let along = quantized_axis(call, value)?;
    let (low, high) = match call.node.int(ELEMENT_TYPE).or(call.node.int("output_dtype").filter(|&kind| kind != 0)) {
        None | Some(2) => (0.0, 255.0),
        Some(3) => (-128.0, 127.0),
        Some(4) => (0.0, 65_535.0),
        Some(5) => (-32_768.0, 32_767.0),
        Some(kind) => return op_error(format!("expected integers of 8 or 16 bits, got element type {kind}")),
    };
    let scale = aligned(build, scale, value, along)?;
    let quotient = build.exact_quotient(value, &scale)?;
    let mut whole = build.unary("Round", &quotient)?;
    if !matches!(zero, Value::Absent) {
        let zero = build.cast(zero, ElementType::F32)?;
        let zero = aligned(build, &zero, value, along)?;
        whole = build.binary("Add", &whole, &zero)?;
    }
    let clipped = build.clip(&whole, low, high)?;
    // A constant keeps the type of the file.
    let is_known = matches!(&clipped, Value::Constant(tensor) if matches!(tensor.data, Data::F32(_)));
    if is_known { build.cast(&clipped, ElementType::I64) } else { Ok(clipped) }
}

/// Returns a number as a constant.
fn number(value: f32) -> Value {
    Value::Constant(Tensor::float(value))
}
