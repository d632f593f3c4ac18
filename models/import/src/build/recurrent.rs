//! Recurrent layers: `LSTM`, `GRU` and `RNN` of ONNX.

use super::{BuildResult, GraphBuilder, OpError, Value, View, op_error};
use crate::onnx_graph::{ABSENT, OUTPUT_SLOT, OnnxAttribute};
use crate::tensor::ElementType;

/// Direction of a recurrent layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Reverse,
    Both,
}

/// A recurrent layer. The weights are `[directions, gates * hidden, ...]`, in ONNX's order of gates.
pub(crate) struct Recurrent<'a> {
    /// `LSTM`, `GRU` or `RNN`.
    pub(crate) op: &'static str,
    pub(crate) direction: Direction,
    pub(crate) hidden: usize,
    /// Whether a `GRU` multiplies by the reset gate after the matrix product.
    pub(crate) linear_before_reset: bool,
    /// Weights of the input and of the state, bias, initial states, and weights of the cell state.
    pub(crate) weights: &'a Value,
    pub(crate) recurrence: &'a Value,
    pub(crate) bias: &'a Value,
    pub(crate) initial: [&'a Value; 2],
    pub(crate) peepholes: &'a Value,
}

impl Recurrent<'_> {
    fn gates(&self) -> usize {
        match self.op {
            "LSTM" => 4,
            "GRU" => 3,
            _ => 1,
        }
    }

    fn directions(&self) -> usize {
        if self.direction == Direction::Both { 2 } else { 1 }
    }

    /// Checks the shapes of all inputs for a sequence of `[steps, batch, width]`.
    fn check(&self, batch: usize, width: usize) -> Result<(), OpError> {
        let (directions, hidden) = (self.directions(), self.hidden);
        let rows = self.gates().saturating_mul(hidden);
        let state = vec![directions, batch, hidden];
        let expected = [
            (self.weights, vec![directions, rows, width]),
            (self.recurrence, vec![directions, rows, hidden]),
            (self.bias, vec![directions, rows.saturating_mul(2)]),
            (self.initial[0], state.clone()),
            (self.initial[1], state),
            (self.peepholes, vec![directions, hidden.saturating_mul(3)]),
        ];
        for (at, (value, shape)) in expected.into_iter().enumerate() {
            if at >= 2 && matches!(value, Value::Absent) {
                continue;
            }
            let got = value.shape()?;
            if got != shape {
                return op_error(format!("expected an input of shape {shape:?}, got {got:?}"));
            }
        }
        Ok(())
    }
}

impl GraphBuilder {
    /// Emits a recurrent layer for `[steps, batch, width]`, and returns its states `[steps, directions, batch, hidden]`,
    /// the last states, and the last cell states.
    pub(crate) fn recurrent(&mut self, value: &Value, layer: &Recurrent<'_>) -> Result<Vec<Value>, OpError> {
        let shape = value.shape()?;
        let &[steps, batch, width] = &*shape else {
            return op_error(format!("expected a sequence of three axes, got shape {shape:?}"));
        };
        if !matches!(value, Value::Dynamic(_)) {
            return Err(OpError::Unknown);
        }
        layer.check(batch, width)?;
        // The engine does not support the reverse direction alone.
        let is_reverse = layer.direction == Direction::Reverse;
        let value = if is_reverse { self.reversed(value, &[0])? } else { value.clone() };
        let mut inputs = vec![self.materialize(&value)?];
        let cell = if layer.op == "LSTM" { [layer.initial[1], layer.peepholes] } else { [&Value::Absent; 2] };
        // No lengths of sequences.
        let lengths = &Value::Absent;
        for input in [layer.weights, layer.recurrence, layer.bias, lengths, layer.initial[0], cell[0], cell[1]] {
            inputs.push(if matches!(input, Value::Absent) { ABSENT } else { self.materialize(input)? });
        }
        while inputs.last() == Some(&ABSENT) {
            inputs.pop();
        }
        let directions = layer.directions();
        let mut attributes = vec![("hidden_size", OnnxAttribute::Int(layer.hidden as i64))];
        if directions == 2 {
            attributes.push(("direction", OnnxAttribute::Text("bidirectional")));
        }
        if layer.op == "GRU" {
            attributes.push(("linear_before_reset", OnnxAttribute::Int(layer.linear_before_reset.into())));
        }
        let all = vec![steps, directions, batch, layer.hidden];
        let id = self.net.emit(layer.op, inputs.clone(), attributes.clone(), all.clone(), ElementType::F32)?;
        let states = Value::Dynamic(View::plain(id, &all));
        let last = self.last_states(&states, directions)?;
        let mut results = vec![if is_reverse { self.reversed(&states, &[0])? } else { states }, last];
        if layer.op == "LSTM" {
            attributes.push((OUTPUT_SLOT, OnnxAttribute::Int(2)));
            let id = self.net.emit("LSTM", inputs, attributes, all[1..].to_vec(), ElementType::F32)?;
            results.push(Value::Dynamic(View::plain(id, &all[1..])));
        }
        Ok(results)
    }

    /// Returns the state after the last step of each direction: the second direction ends with the first step.
    fn last_states(&mut self, states: &Value, directions: usize) -> BuildResult {
        let shape = states.shape()?;
        let mut last = Vec::new();
        for direction in 0..directions {
            let step = if direction == 0 { shape[0] - 1 } else { 0 };
            let slices = [(step, 1, 1), (direction, 1, 1), (0, 1, shape[2]), (0, 1, shape[3])];
            let state = self.slice(states, &slices)?;
            last.push(self.squeeze(&state, &[0])?);
        }
        self.concat(&last, 0)
    }
}
