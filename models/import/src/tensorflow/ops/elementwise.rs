//! Conversion of TensorFlow's activations and elementwise operations that ONNX composes of several, of resizing, and of
//! operations along an axis.

use super::call::Call;
use super::windows;
use crate::build::{
    AxisSize, BuildResult, Coordinates, GraphBuilder, Interpolation, OpError, Resize, Rounding, Value, axes, op_error,
};
use crate::tensor::{ElementType, Tensor};

pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    match &*node.op {
        "Selu" => {
            // The constants of the definition, in f32.
            #[expect(clippy::excessive_precision, reason = "the definition has these digits")]
            build.selu(first, 1.673_263_24, 1.050_701)
        }
        "Softsign" => {
            let size = build.unary("Abs", first)?;
            let divisor = build.shifted(&size, 1.0)?;
            build.binary("Div", first, &divisor)
        }
        "Log1p" => {
            let sum = build.shifted(first, 1.0)?;
            build.unary("Log", &sum)
        }
        "Expm1" => {
            let power = build.unary("Exp", first)?;
            build.shifted(&power, -1.0)
        }
        "DivNoNan" | "MulNoNan" => {
            let is_zero = build.binary("Equal", second, &number(0.0))?;
            let (op, neutral) = if node.op == "DivNoNan" { ("Div", 1.0) } else { ("Mul", 0.0) };
            let divisor = build.select(&is_zero, &number(neutral), second)?;
            let quotient = build.binary(op, first, &divisor)?;
            build.select(&is_zero, &number(0.0), &quotient)
        }
        "IsNan" => {
            let same = build.binary("Equal", first, first)?;
            build.unary("Not", &same)
        }
        "IsFinite" => {
            // The difference is NaN for a value that is not finite.
            let difference = build.binary("Sub", first, first)?;
            build.binary("Equal", &difference, &number(0.0))
        }
        "IsInf" => {
            let size = build.unary("Abs", first)?;
            build.binary("Equal", &size, &number(f32::INFINITY))
        }
        "Any" | "All" => {
            let flags = build.cast(first, ElementType::F32)?;
            let over = second.integers()?;
            if over.is_empty() {
                return Ok(first.clone());
            }
            let op = if node.op == "Any" { "ReduceMax" } else { "ReduceMin" };
            let found = build.reduce(op, &flags, &over, node.is_set("keep_dims"))?;
            build.cast(&found, ElementType::Bool)
        }
        "Roll" => {
            let shape = first.shape()?;
            let mut value = first.clone();
            for (shift, along) in second.integers()?.into_iter().zip(call.input(2).integers()?) {
                let along = crate::build::axis(along, shape.len())?;
                let dim = shape[along] as i64;
                let row = |at: i64| usize::try_from(at.wrapping_sub(shift).rem_euclid(dim)).unwrap_or(0);
                value = build.take(&value, along, &(0..dim).map(row).collect::<Vec<_>>())?;
            }
            Ok(value)
        }
        "Tan" => build.unary("Tan", first),
        "Asin" => build.unary("Asin", first),
        "Acos" => build.unary("Acos", first),
        "Atan" => build.unary("Atan", first),
        "Sinh" => build.unary("Sinh", first),
        "Cosh" => build.unary("Cosh", first),
        "Asinh" => build.unary("Asinh", first),
        "Acosh" => build.unary("Acosh", first),
        "Atanh" => build.unary("Atanh", first),
        "Einsum" => build.einsum(node.text("equation").unwrap_or(""), call.inputs),
        "Cumsum" => build.cumulative_sum(first, second.integer()?, node.is_set("exclusive"), node.is_set("reverse")),
        "ReverseV2" => build.reversed(first, &axes(&second.integers()?, first.shape()?.len())?),
        "TopKV2" | "TopK" => {
            let size = if node.op == "TopK" { node.int("k").unwrap_or(0) } else { second.integer()? };
            build.largest(first, -1, usize::try_from(size).unwrap_or(0), false)
        }
        "ArgMax" => build.arg_extreme("ArgMax", first, second.integer()?, false),
        "ArgMin" => build.arg_extreme("ArgMin", first, second.integer()?, false),
        "MatrixBandPart" => {
            let rank = first.shape()?;
            let [below, above] = [second.integer()?, call.input(2).integer()?];
            let widest = rank.iter().max().copied().unwrap_or(0) as i64;
            let lower = build.triangle(first, if above < 0 { widest } else { above }, false)?;
            build.triangle(&lower, if below < 0 { -widest } else { -below }, true)
        }
        "ResizeBilinear" | "ResizeNearestNeighbor" => resize(build, call),
        "DepthToSpace" | "SpaceToDepth" => {
            let block = usize::try_from(node.int("block_size").unwrap_or(0)).unwrap_or(0);
            let (order, back) = windows::channels(call, first)?;
            let image = build.transpose(first, &order)?;
            let moved = match &*node.op {
                "DepthToSpace" => build.depth_to_space(&image, block, false)?,
                _ => build.space_to_depth(&image, block)?,
            };
            build.transpose(&moved, &back)
        }
        "LRN" => {
            let radius = usize::try_from(node.int("depth_radius").unwrap_or(5)).unwrap_or(0);
            let size = radius.saturating_mul(2).saturating_add(1);
            let number = |name: &str, default: f32| node.float(name).unwrap_or(default);
            // ONNX divides the factor by the number of channels.
            let parts = [number("alpha", 1.0) * size as f32, number("beta", 0.5), number("bias", 1.0)];
            let image = build.transpose(first, &[0, 3, 1, 2])?;
            let normal = build.response_normalized(&image, size, parts)?;
            build.transpose(&normal, &[0, 2, 3, 1])
        }
        "ResourceGather" => build.gather(first, second.constant()?, 0),
        _ => windows::make(build, call),
    }
}

/// Converts `ResizeBilinear` and `ResizeNearestNeighbor`, channels last.
fn resize(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, value) = (call.node, call.input(0));
    let shape = value.shape()?;
    let (&[batch, height, width, channels], &[to_height, to_width]) = (&*shape, &*call.input(1).dims()?) else {
        return op_error(format!("expected an image and two sizes, got shape {shape:?}"));
    };
    let (corners, centres) = (node.is_set("align_corners"), node.is_set("half_pixel_centers"));
    let is_nearest = node.op == "ResizeNearestNeighbor";
    let coordinates = match (corners, centres) {
        (true, _) => Coordinates::AlignCorners,
        (_, true) if is_nearest => Coordinates::HalfPixelUnshifted,
        (_, true) => Coordinates::HalfPixel,
        _ => Coordinates::Asymmetric,
    };
    let rounding = if corners { Rounding::HalfUp } else { Rounding::Floor };
    let interpolation = if is_nearest { Interpolation::Nearest(rounding) } else { Interpolation::Linear };
    let method = Resize { interpolation, coordinates, excludes_outside: false };
    let sizes = [(batch, batch), (height, to_height), (width, to_width), (channels, channels)];
    build.resize(value, &sizes.map(|(from, to)| AxisSize::new(from.max(1), to)), &method)
}

fn number(value: f32) -> Value {
    Value::Constant(Tensor::float(value))
}

/// Returns the error of an operation on random numbers.
pub(super) fn random<T>() -> Result<T, OpError> {
    op_error(
        "expected a network in inference mode, got random numbers that change the result (dropout in training mode)",
    )
}
