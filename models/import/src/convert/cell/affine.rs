//! Values of one step of a loop as sums: input times weights, state times weights, and a bias. The batch is 1, so each
//! value is a vector.

use std::collections::HashMap;
use std::rc::Rc;

use crate::onnx_graph::{Id, OnnxGraph, Operation};
use crate::tensor::Data;

/// Maximum depth of the operations between a gate and its inputs.
const MAX_DEPTH: usize = 32;
/// Maximum number of operations that only change the shape, in a row.
const MAX_RESHAPES: usize = 64;

/// `input * weights + state * weights + bias`. Weights are rows of `[elements, width]`; empty if there are none.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Affine {
    pub(super) input: Vec<f32>,
    pub(super) state: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Affine {
    pub(super) fn width(&self) -> usize {
        self.bias.len()
    }

    /// Returns the weights of an input of `count` elements, transposed to `[width, count]`.
    pub(super) fn input_rows(&self, count: usize) -> Vec<f32> {
        self.transposed(&self.input, count)
    }

    /// Returns the weights of a state of `count` elements, transposed to `[width, count]`.
    pub(super) fn state_rows(&self, count: usize) -> Vec<f32> {
        self.transposed(&self.state, count)
    }

    fn transposed(&self, weights: &[f32], count: usize) -> Vec<f32> {
        let width = self.width();
        let at = |place: usize| weights.get(place % count * width + place / count).copied().unwrap_or(0.0);
        (0..width * count).map(at).collect()
    }

    fn map(&self, mut change: impl FnMut(usize, f32) -> f32) -> Self {
        let width = self.width().max(1);
        let mut all =
            |values: &[f32]| values.iter().enumerate().map(|(at, &value)| change(at % width, value)).collect();
        Self { input: all(&self.input), state: all(&self.state), bias: all(&self.bias) }
    }

    /// Returns the columns from `start` to before `end`.
    fn columns(&self, start: usize, end: usize) -> Option<Self> {
        let width = self.width();
        if start > end || end > width {
            return None;
        }
        let part = |values: &[f32]| values.chunks(width).flat_map(|row| row[start..end].iter().copied()).collect();
        Some(Self { input: part(&self.input), state: part(&self.state), bias: part(&self.bias) })
    }

    fn plus(&self, other: &Self) -> Option<Self> {
        let sum = |one: &[f32], other: &[f32]| match (one, other) {
            (one, []) | ([], one) => Some(one.to_vec()),
            (one, other) if one.len() == other.len() => Some(one.iter().zip(other).map(|(a, b)| a + b).collect()),
            _ => None,
        };
        // A single number is added to each element.
        let widened = |part: &Self, width: usize| match *part.bias {
            [number] if part.input.is_empty() && part.state.is_empty() => vec![number; width],
            _ => part.bias.clone(),
        };
        let width = self.width().max(other.width());
        let (one, two) = (widened(self, width), widened(other, width));
        let input = sum(&self.input, &other.input)?;
        let state = sum(&self.state, &other.state)?;
        (one.len() == two.len()).then(|| sum(&one, &two)).flatten().map(|bias| Self { input, state, bias })
    }
}

/// A gate, the sum that depends on the state, and whether they are multiplied after the product with the weights.
type Gated = (Id, Rc<Affine>, bool);

/// The operations of one step.
pub(super) struct Step<'a> {
    net: &'a OnnxGraph,
    input: Id,
    state: Id,
    known: HashMap<Id, Option<Rc<Affine>>>,
    work: usize,
}

impl<'a> Step<'a> {
    pub(super) fn new(net: &'a OnnxGraph, input: Id, state: Id) -> Self {
        let mut step = Self { net, input, state, known: HashMap::new(), work: 1 };
        (step.input, step.state) = (step.origin(input), step.origin(state));
        step
    }

    /// Returns the number of elements that were computed.
    pub(super) fn work(&self) -> usize {
        self.work
    }

    fn is_vector(&self, id: Id) -> bool {
        self.net.shape(id).iter().filter(|&&dim| dim > 1).count() <= 1
    }

    /// Returns the value before changes of the shape.
    pub(super) fn origin(&self, mut id: Id) -> Id {
        for _ in 0..MAX_RESHAPES {
            match self.net.producer(id) {
                Some(Operation {
                    op: "Reshape" | "Squeeze" | "Unsqueeze" | "Transpose" | "Identity", inputs, ..
                }) if self.is_vector(inputs[0]) => {
                    id = inputs[0];
                }
                _ => break,
            }
        }
        id
    }

    fn producer(&self, id: Id) -> Option<&'a Operation> {
        let id = self.origin(id);
        if !self.is_vector(id) || id == self.input || id == self.state {
            return None;
        }
        self.net.producer(id)
    }

    /// Returns both inputs of an operation of this name.
    pub(super) fn pair(&self, op: &str, id: Id) -> Option<(Id, Id)> {
        let producer = self.producer(id).filter(|producer| producer.op == op)?;
        if let [one, other] = *producer.inputs { Some((one, other)) } else { None }
    }

    /// Returns the input of an operation of this name.
    pub(super) fn single(&self, op: &str, id: Id) -> Option<Id> {
        let producer = self.producer(id).filter(|producer| producer.op == op)?;
        if let [input] = *producer.inputs { Some(input) } else { None }
    }

    fn constant(&self, id: Id) -> Option<Vec<f32>> {
        let constant = self.net.values[self.origin(id)].constant.as_ref()?;
        if let Data::F32(values) = &constant.data { Some(values.clone()) } else { None }
    }

    /// Returns the vector that a value is a part of, the first element and the element after the last.
    fn slice(&self, id: Id) -> Option<(Id, usize, usize)> {
        let producer = self.producer(id).filter(|producer| producer.op == "Slice")?;
        let &[value, starts, ends, axes, steps] = &*producer.inputs else { return None };
        let list = |id: Id| self.net.values[id].constant.as_ref().map(|list| list.to_integers());
        let (starts, ends, axes, steps) = (list(starts)?, list(ends)?, list(axes)?, list(steps)?);
        let (&[start], &[end], &[axis], &[1]) = (&*starts, &*ends, &*axes, &*steps) else { return None };
        let shape = self.net.shape(value);
        let dim = *shape.get(usize::try_from(axis).ok()?)?;
        (dim == shape.iter().product()).then_some((value, usize::try_from(start).ok()?, usize::try_from(end).ok()?))
    }

    /// Whether a value is 1 minus another one.
    pub(super) fn is_complement(&self, id: Id, of: Id) -> bool {
        self.pair("Sub", id).is_some_and(|(one, other)| {
            self.origin(other) == of && self.constant(one).is_some_and(|one| one.iter().all(|&number| number == 1.0))
        })
    }

    /// Returns the sum that an activation of this name is applied to.
    pub(super) fn gate(&mut self, activation: &str, id: Id) -> Option<Rc<Affine>> {
        if let Some(sum) = self.single(activation, id) {
            return self.affine(sum, 0);
        }
        // Several gates may have one activation.
        let (value, start, end) = self.slice(id)?;
        let sum = self.single(activation, value)?;
        self.affine(sum, 0)?.columns(start, end).map(Rc::new)
    }

    /// Returns the parts of the candidate of a `GRU`: the reset gate, the sum of the input, the sum of the state, and
    /// whether the reset gate is multiplied after the product of state and weights.
    pub(super) fn candidate(&mut self, sum: Id) -> Option<(Id, Rc<Affine>, Rc<Affine>, bool)> {
        let (mut waiting, mut gated) = (vec![sum], None);
        let mut rest = Affine::default();
        for _ in 0..MAX_DEPTH {
            let Some(id) = waiting.pop() else { break };
            if let Some(affine) = self.affine(id, 0) {
                rest = if rest == Affine::default() { (*affine).clone() } else { rest.plus(&affine)? };
            } else if let Some((one, other)) = self.pair("Add", id) {
                waiting.extend([one, other]);
            } else if gated.is_none() {
                let (more, found) = self.gated(id)?;
                if let Some(more) = more {
                    rest = if rest == Affine::default() { more } else { rest.plus(&more)? };
                }
                gated = Some(found);
            } else {
                return None;
            }
        }
        let (reset, from_state, linear_before_reset) = gated?;
        (waiting.is_empty() && rest.state.is_empty() && from_state.input.is_empty())
            .then(|| (reset, Rc::new(rest), from_state, linear_before_reset))
    }

    /// Returns the gate and the sum of `gate * (state * weights + bias)` or `(gate * state) * weights`. The input may be
    /// joined with the product, and is returned first.
    fn gated(&mut self, id: Id) -> Option<(Option<Affine>, Gated)> {
        if let Some((one, other)) = self.pair("Mul", id) {
            let found = [(one, other), (other, one)];
            let (gate, sum) = found.into_iter().find_map(|(gate, sum)| Some((gate, self.affine(sum, 0)?)))?;
            return Some((None, (gate, sum, true)));
        }
        let (rows, weights) = self.pair("MatMul", id)?;
        let (values, width) = self.weights(weights)?;
        let parts = match self.producer(rows) {
            Some(Operation { op: "Concat", inputs, .. }) => inputs.clone(),
            _ => vec![rows],
        };
        let (mut input, mut gated, mut rest) = (None, None, &*values);
        for part in parts {
            let elements: usize = self.net.shape(part).iter().product();
            let (own, after) = rest.split_at_checked(elements.checked_mul(width)?)?;
            rest = after;
            let bias = vec![0.0; width];
            if self.origin(part) == self.input && self.is_vector(part) {
                input = Some(Affine { input: own.to_vec(), bias, ..Affine::default() });
                continue;
            }
            let (one, other) = self.pair("Mul", part)?;
            let gate = match [one, other].map(|id| self.origin(id) == self.state) {
                [true, _] => other,
                [_, true] => one,
                _ => return None,
            };
            gated = Some((gate, Rc::new(Affine { state: own.to_vec(), bias, ..Affine::default() }), false));
        }
        Some((input, gated.filter(|_| rest.is_empty())?))
    }

    fn weights(&mut self, id: Id) -> Option<(Vec<f32>, usize)> {
        let constant = self.net.values[id].constant.as_ref()?;
        let (Data::F32(values), &[_, width]) = (&constant.data, &*constant.shape) else { return None };
        self.work = self.work.saturating_add(values.len());
        Some((values.clone(), width))
    }

    fn affine(&mut self, id: Id, depth: usize) -> Option<Rc<Affine>> {
        let id = self.origin(id);
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let found = if depth < MAX_DEPTH { self.computed(id, depth + 1).map(Rc::new) } else { None };
        if let Some(found) = &found {
            self.work = self.work.saturating_add(found.input.len() + found.state.len() + found.bias.len());
        }
        self.known.insert(id, found.clone());
        found
    }

    fn computed(&mut self, id: Id, depth: usize) -> Option<Affine> {
        if let Some(bias) = self.constant(id) {
            return Some(Affine { bias, ..Affine::default() });
        }
        let producer = self.producer(id)?;
        match (producer.op, &*producer.inputs) {
            ("Add", &[one, other]) => {
                let (one, other) = (self.affine(one, depth)?, self.affine(other, depth)?);
                one.plus(&other)
            }
            ("Sub", &[one, other]) => {
                let (one, other) = (self.affine(one, depth)?, self.affine(other, depth)?);
                one.plus(&other.map(|_, value| -value))
            }
            ("Mul", &[one, other]) => {
                let (factor, sum) = match self.constant(one) {
                    Some(factor) => (factor, other),
                    None => (self.constant(other)?, one),
                };
                let sum = self.affine(sum, depth)?;
                let fits = factor.len() == 1 || factor.len() == sum.width();
                fits.then(|| sum.map(|column, value| value * factor[if factor.len() == 1 { 0 } else { column }]))
            }
            ("MatMul", &[rows, weights]) => self.product(rows, weights),
            ("Slice", _) => {
                let (value, start, end) = self.slice(id)?;
                self.affine(value, depth)?.columns(start, end)
            }
            _ => None,
        }
    }

    /// Returns the product of the input, the state, or both one after the other, with weights.
    fn product(&mut self, rows: Id, weights: Id) -> Option<Affine> {
        let (values, width) = self.weights(weights)?;
        let parts = match self.producer(rows) {
            Some(Operation { op: "Concat", inputs, .. }) => inputs.clone(),
            _ => vec![rows],
        };
        let mut found = Affine { bias: vec![0.0; width], ..Affine::default() };
        let mut rest = &*values;
        for part in parts {
            // Only the elements of a vector have a known order.
            if !self.is_vector(part) {
                return None;
            }
            let elements: usize = self.net.shape(part).iter().product();
            let (own, after) = rest.split_at_checked(elements.checked_mul(width)?)?;
            let place = match self.origin(part) {
                id if id == self.input && found.input.is_empty() => &mut found.input,
                id if id == self.state && found.state.is_empty() => &mut found.state,
                _ => return None,
            };
            *place = own.to_vec();
            rest = after;
        }
        rest.is_empty().then_some(found)
    }
}
