//! Conversion of ONNX activations and other elementwise operations to those of older versions.

use super::call::Call;
use super::sequence;
use crate::build::{BuildResult, GraphBuilder, OpError, Value, op_error};
use crate::tensor::{ElementType, Tensor};

pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    let number = |name: &str, default: f32| node.float(name).unwrap_or(default);
    match &*node.op {
        "HardSigmoid" => {
            let scaled = build.scaled(first, number("alpha", 0.2))?;
            let moved = build.shifted(&scaled, number("beta", 0.5))?;
            build.clip(&moved, 0.0, 1.0)
        }
        "HardSwish" => {
            let scaled = build.scaled(first, 1.0 / 6.0)?;
            let moved = build.shifted(&scaled, 0.5)?;
            let gate = build.clip(&moved, 0.0, 1.0)?;
            build.binary("Mul", first, &gate)
        }
        "Selu" => {
            // The constants of the definition, in f32.
            #[expect(clippy::excessive_precision, reason = "the definition has these digits")]
            build.selu(first, number("alpha", 1.673_263_19), number("gamma", 1.050_700_98))
        }
        "Celu" => {
            let alpha = number("alpha", 1.0);
            let scaled = build.scaled(first, 1.0 / alpha)?;
            let elu = build.unary_with("Elu", &scaled, 1.0)?;
            build.scaled(&elu, alpha)
        }
        "Gelu" => build.gelu(first, node.text("approximate") == Some("tanh")),
        "com.microsoft.Gelu" => build.gelu(first, false),
        "com.microsoft.FastGelu" | "com.microsoft.BiasGelu" => {
            let value = if call.is_given(1) { build.binary("Add", first, second)? } else { first.clone() };
            build.gelu(&value, node.op.ends_with("FastGelu"))
        }
        "Swish" | "com.microsoft.QuickGelu" => {
            let scaled = build.scaled(first, number("alpha", if node.op == "Swish" { 1.0 } else { 1.702 }))?;
            let gate = build.unary("Sigmoid", &scaled)?;
            build.binary("Mul", first, &gate)
        }
        "Mish" => {
            let soft = build.unary("Softplus", first)?;
            let gate = build.unary("Tanh", &soft)?;
            build.binary("Mul", first, &gate)
        }
        "Softsign" => {
            let size = build.unary("Abs", first)?;
            let divisor = build.shifted(&size, 1.0)?;
            build.binary("Div", first, &divisor)
        }
        "ThresholdedRelu" => {
            let above = build.binary("Greater", first, &Value::Constant(Tensor::float(number("alpha", 1.0))))?;
            build.select(&above, first, &Value::Constant(Tensor::float(0.0)))
        }
        "Shrink" => {
            let (limit, bias) = (number("lambd", 0.5), number("bias", 0.0));
            let above = build.binary("Greater", first, &Value::Constant(Tensor::float(limit)))?;
            let below = build.binary("Less", first, &Value::Constant(Tensor::float(-limit)))?;
            let (low, high) = (build.shifted(first, bias)?, build.shifted(first, -bias)?);
            let rest = build.select(&below, &low, &Value::Constant(Tensor::float(0.0)))?;
            build.select(&above, &high, &rest)
        }
        "IsNaN" => {
            let same = build.binary("Equal", first, first)?;
            build.unary("Not", &same)
        }
        "Xor" => {
            let same = build.binary("Equal", first, second)?;
            build.unary("Not", &same)
        }
        "Mod" => modulo(build, call),
        _ => sequence::make(build, call),
    }
}

/// Converts `Mod`. The result has the sign of the divisor; with `fmod` the sign of the dividend.
fn modulo(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (first, second) = (call.input(0), call.input(1));
    if let (Value::Constant(_), Value::Constant(_)) = (first, second) {
        return if call.node.is_set("fmod") { Err(OpError::Unknown) } else { build.binary("Mod", first, second) };
    }
    if build.element_type_of(first)? != ElementType::F32 {
        return op_error("expected numbers of type f32, got integers that depend on the input");
    }
    let quotient = build.binary("Div", first, second)?;
    let whole = if call.node.is_set("fmod") {
        let (sign, size) = (build.unary("Sign", &quotient)?, build.unary("Abs", &quotient)?);
        let size = build.unary("Floor", &size)?;
        build.binary("Mul", &sign, &size)?
    } else {
        build.unary("Floor", &quotient)?
    };
    let product = build.binary("Mul", &whole, second)?;
    build.binary("Sub", first, &product)
}
