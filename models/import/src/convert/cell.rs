//! Recognition of the body of a loop as a recurrent cell: `LSTM`, `GRU` or a simple one.
//!
//! The body is recognized by the operations that one step added to the network. A recurrent layer is one operation for the
//! engine, which takes a minute to load the steps of a long loop.

mod affine;

use std::rc::Rc;

use self::affine::{Affine, Step};
use crate::ImportError;
use crate::build::{Direction, GraphBuilder, OpError, Recurrent, Value};
use crate::onnx_graph::{Id, OnnxGraph};
use crate::tensor::{Data, Tensor};

/// The state of a loop: the state that is multiplied with weights, and the cell state of an `LSTM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State<T> {
    pub(super) hidden: T,
    pub(super) cell: Option<T>,
}

/// A recognized cell. Gates are in the order of ONNX.
#[derive(Debug, PartialEq)]
pub(super) struct Cell {
    op: &'static str,
    gates: Vec<Rc<Affine>>,
    /// Weights and bias of the state of the candidate of a `GRU`.
    candidate: Option<Rc<Affine>>,
    linear_before_reset: bool,
}

impl Cell {
    /// Returns the cell that computes the state `after` from the state `before` and `input`, the values of one step.
    pub(super) fn of(
        net: &mut OnnxGraph,
        input: Id,
        before: State<Id>,
        after: State<Id>,
    ) -> Result<Option<Self>, ImportError> {
        let mut step = Step::new(net, input, before.hidden);
        let cell = match (before.cell, after.cell) {
            (Some(before), Some(after_cell)) => lstm(&mut step, before, after.hidden, after_cell),
            _ => gru(&mut step, before.hidden, after.hidden).or_else(|| simple(&mut step, after.hidden)),
        };
        let work = step.work();
        net.charge(work)?;
        Ok(cell)
    }

    /// Emits the layer for a sequence of `[steps, 1, width]` and initial states, and returns the states of all steps,
    /// the last state and the last cell state.
    pub(super) fn emit(
        &self,
        build: &mut GraphBuilder,
        sequence: &Value,
        initial: &State<Value>,
    ) -> Result<Vec<Value>, OpError> {
        let width = sequence.shape()?[2];
        let hidden = self.gates[0].width();
        let count = self.gates.len();
        let (mut weights, mut recurrence, mut bias) = (Vec::new(), Vec::new(), vec![0.0; 2 * count * hidden]);
        for (at, gate) in self.gates.iter().enumerate() {
            let is_candidate = at + 1 == count && self.candidate.is_some();
            let state = if is_candidate { self.candidate.as_ref().unwrap_or(gate) } else { gate };
            weights.extend(gate.input_rows(width));
            recurrence.extend(state.state_rows(hidden));
            bias[at * hidden..][..hidden].copy_from_slice(&gate.bias);
            if is_candidate {
                bias[(count + at) * hidden..][..hidden].copy_from_slice(&state.bias);
            }
        }
        let constant = |shape: Vec<usize>, data: Vec<f32>| Tensor::new(shape, Data::F32(data)).map(Value::Constant);
        let (weights, recurrence, bias) = (
            constant(vec![1, count * hidden, width], weights)?,
            constant(vec![1, count * hidden, hidden], recurrence)?,
            constant(vec![1, 2 * count * hidden], bias)?,
        );
        let state = vec![1, 1, hidden];
        let first = build.shaped(&initial.hidden, state.clone())?;
        let cell = match &initial.cell {
            Some(cell) => build.shaped(cell, state)?,
            None => Value::Absent,
        };
        build.recurrent(
            sequence,
            &Recurrent {
                op: self.op,
                direction: Direction::Forward,
                hidden,
                linear_before_reset: self.linear_before_reset,
                weights: &weights,
                recurrence: &recurrence,
                bias: &bias,
                initial: [&first, &cell],
                peepholes: &Value::Absent,
            },
        )
    }
}

/// Returns both orders of a pair.
fn orders((one, other): (Id, Id)) -> [(Id, Id); 2] {
    [(one, other), (other, one)]
}

/// `cell = forget * before + input * candidate`, `hidden = output * tanh(cell)`.
fn lstm(step: &mut Step<'_>, before: Id, hidden: Id, cell: Id) -> Option<Cell> {
    let (before, cell) = (step.origin(before), step.origin(cell));
    let (output, _) = orders(step.pair("Mul", hidden)?)
        .into_iter()
        .find(|&(_, squashed)| step.single("Tanh", squashed).is_some_and(|input| step.origin(input) == cell))?;
    let output = step.gate("Sigmoid", output)?;
    for (kept, added) in orders(step.pair("Add", cell)?) {
        let forget = step.pair("Mul", kept).and_then(|pair| {
            orders(pair).into_iter().find(|&(_, state)| step.origin(state) == before).map(|(gate, _)| gate)
        });
        let (Some(forget), Some(added)) = (forget, step.pair("Mul", added)) else { continue };
        let Some(forget) = step.gate("Sigmoid", forget) else { continue };
        for (input, candidate) in orders(added) {
            if let (Some(input), Some(candidate)) = (step.gate("Sigmoid", input), step.gate("Tanh", candidate)) {
                let gates = vec![input, output, forget, candidate];
                return same_width(Cell { op: "LSTM", gates, candidate: None, linear_before_reset: false });
            }
        }
    }
    None
}

/// `hidden = update * before + (1 - update) * candidate`.
fn gru(step: &mut Step<'_>, before: Id, hidden: Id) -> Option<Cell> {
    let before = step.origin(before);
    for (kept, added) in orders(step.pair("Add", hidden)?) {
        let update = step.pair("Mul", kept).and_then(|pair| {
            orders(pair).into_iter().find(|&(_, state)| step.origin(state) == before).map(|(gate, _)| gate)
        });
        let (Some(update), Some(added)) = (update, step.pair("Mul", added)) else { continue };
        let update_id = step.origin(update);
        let found = orders(added).into_iter().find(|&(rest, _)| step.is_complement(rest, update_id));
        let (Some((_, candidate)), Some(update)) = (found, step.gate("Sigmoid", update)) else { continue };
        let sum = step.single("Tanh", candidate)?;
        let (reset, from_input, from_state, linear_before_reset) = step.candidate(sum)?;
        let reset = step.gate("Sigmoid", reset)?;
        let gates = vec![update, reset, from_input];
        return same_width(Cell { op: "GRU", gates, candidate: Some(from_state), linear_before_reset });
    }
    None
}

/// `hidden = tanh(...)`.
fn simple(step: &mut Step<'_>, hidden: Id) -> Option<Cell> {
    let gate = step.gate("Tanh", hidden)?;
    same_width(Cell { op: "RNN", gates: vec![gate], candidate: None, linear_before_reset: false })
}

fn same_width(cell: Cell) -> Option<Cell> {
    let width = cell.gates[0].width();
    cell.gates.iter().chain(&cell.candidate).all(|gate| gate.width() == width).then_some(cell)
}
