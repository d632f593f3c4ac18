//! Conversion of ONNX's recurrent layers.

use super::call::Call;
use crate::build::{Direction, GraphBuilder, OpError, Recurrent, Value, op_error};

/// Converts `LSTM`, `GRU` or `RNN`, and returns all outputs.
pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> Result<Vec<Value>, OpError> {
    let node = call.node;
    let (op, activations): (_, &[&str]) = match &*node.op {
        "LSTM" => ("LSTM", &["Sigmoid", "Tanh", "Tanh"]),
        "GRU" => ("GRU", &["Sigmoid", "Tanh"]),
        _ => ("RNN", &["Tanh"]),
    };
    let direction = match node.text("direction") {
        None | Some("forward") => Direction::Forward,
        Some("reverse") => Direction::Reverse,
        Some("bidirectional") => Direction::Both,
        Some(other) => return op_error(format!("expected direction forward, reverse or bidirectional, got {other}")),
    };
    if let Some(given) = node.texts("activations") {
        let expected = activations.iter().cycle();
        let count = if direction == Direction::Both { 2 } else { 1 } * activations.len();
        if given.len() != count || !given.iter().zip(expected).all(|(one, other)| one.eq_ignore_ascii_case(other)) {
            return op_error(format!("expected activations {activations:?}, got {given:?}"));
        }
    }
    if node.float("clip").is_some() || node.is_set("input_forget") {
        return op_error("expected no `clip` and no `input_forget`");
    }
    let is_batch_first = node.is_set("layout");
    let turned = |build: &mut GraphBuilder, value: &Value, order: &[i64]| match value {
        Value::Absent => Ok(Value::Absent),
        value if is_batch_first => build.transpose(value, order),
        value => Ok(value.clone()),
    };
    let sequence = turned(build, call.input(0), &[1, 0, 2])?;
    let initial = [turned(build, call.input(5), &[1, 0, 2])?, turned(build, call.input(6), &[1, 0, 2])?];
    if call.is_given(4) {
        let (steps, lengths) = (sequence.shape()?[0], call.input(4).dims()?);
        if lengths.iter().any(|&length| length != steps) {
            return op_error(format!("expected sequences of {steps} steps, got {lengths:?}"));
        }
    }
    let layer = Recurrent {
        op,
        direction,
        hidden: usize::try_from(node.int("hidden_size").unwrap_or(0)).unwrap_or(0),
        linear_before_reset: node.is_set("linear_before_reset"),
        weights: call.input(1),
        recurrence: call.input(2),
        bias: call.input(3),
        initial: [&initial[0], if op == "LSTM" { &initial[1] } else { &Value::Absent }],
        peepholes: if op == "LSTM" { call.input(7) } else { &Value::Absent },
    };
    let mut results = build.recurrent(&sequence, &layer)?;
    for (at, result) in results.iter_mut().enumerate() {
        let order: &[i64] = if at == 0 { &[2, 0, 1, 3] } else { &[1, 0, 2] };
        *result = turned(build, result, order)?;
    }
    Ok(results)
}
