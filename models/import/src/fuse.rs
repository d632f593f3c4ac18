//! Fuses multiplications and additions of constants with each other, or with the convolution or matrix product before
//! them.

use std::sync::Arc;

use crate::ImportError;
use crate::build::fold;
use crate::limits::Limits;
use crate::onnx_graph::{ABSENT, Id, OnnxGraph, Operation};
use crate::tensor::{Data, Tensor};

/// Returns the fused network, and the new ids of `outputs`.
pub(crate) fn fuse(net: &OnnxGraph, outputs: &[Id], limits: &Limits) -> Result<(OnnxGraph, Vec<Id>), ImportError> {
    let needed = needed(net, outputs);
    let mut consumers = vec![0_usize; net.values.len()];
    for (operation, id) in &net.operations {
        if needed[*id] {
            operation.given().for_each(|input| consumers[input] += 1);
        }
    }
    outputs.iter().for_each(|&output| consumers[output] += 1);
    let mut fuse = Fuse { net: OnnxGraph::within(limits), alone: Vec::new() };
    let mut places: Vec<Option<Id>> = vec![None; net.values.len()];
    let mut moved = |fuse: &mut Fuse, id: Id| {
        *places[id].get_or_insert_with(|| {
            let info = &net.values[id];
            fuse.net.name = Arc::clone(&info.name);
            let place = match &info.constant {
                Some(constant) => fuse.net.constant(constant),
                None => fuse.net.input(&info.shape),
            };
            fuse.mark(place, consumers[id] == 1);
            place
        })
    };
    // A value without a producer is the input or a constant; it is copied at its first use.
    let mut made: Vec<Option<Id>> = vec![None; net.values.len()];
    for (operation, id) in net.operations.iter().filter(|(_, id)| needed[*id]) {
        let place = |&input: &Id| match input {
            ABSENT => ABSENT,
            input => made[input].unwrap_or_else(|| moved(&mut fuse, input)),
        };
        let inputs: Vec<_> = operation.inputs.iter().map(place).collect();
        let info = &net.values[*id];
        fuse.net.name = Arc::clone(&info.name);
        let place = fuse.put(Operation { inputs, ..operation.clone() }, &info.shape, info.element_type)?;
        fuse.mark(place, consumers[*id] == 1);
        made[*id] = Some(place);
    }
    let outputs = outputs.iter().map(|&output| made[output].unwrap_or_else(|| moved(&mut fuse, output))).collect();
    Ok((fuse.net, outputs))
}

/// Returns, for each value, whether an output depends on it.
pub(crate) fn needed(net: &OnnxGraph, outputs: &[Id]) -> Vec<bool> {
    let mut needed = vec![false; net.values.len()];
    outputs.iter().for_each(|&output| needed[output] = true);
    for (operation, id) in net.operations.iter().rev() {
        if needed[*id] {
            operation.given().for_each(|input| needed[input] = true);
        }
    }
    needed
}

struct Fuse {
    net: OnnxGraph,
    /// Whether a value has only one consumer.
    alone: Vec<bool>,
}

impl Fuse {
    fn mark(&mut self, id: Id, alone: bool) {
        self.alone.resize(self.net.values.len().max(id + 1), true);
        self.alone[id] = alone;
    }

    fn constant(&self, id: Id) -> Option<Arc<Tensor>> {
        let constant = self.net.values[id].constant.clone()?;
        matches!(constant.data, Data::F32(_)).then_some(constant)
    }

    fn put(
        &mut self,
        operation: Operation,
        shape: &[usize],
        element_type: crate::tensor::ElementType,
    ) -> Result<Id, ImportError> {
        if matches!(operation.op, "Add" | "Mul")
            && let [one, other] = *operation.inputs
        {
            let (value, constant) = if self.constant(one).is_some() { (other, one) } else { (one, other) };
            if let Some(constant) = self.constant(constant)
                && self.net.shape(value) == shape
                && let Some(id) = self.with_constant(operation.op, value, &constant)?
            {
                return Ok(id);
            }
        }
        self.net.add(operation.op, operation.inputs, operation.attributes, shape.to_vec(), element_type)
    }

    /// Adds or multiplies a constant by changing the constants of the value's producer; `None` if that is not possible.
    fn with_constant(
        &mut self,
        op: &'static str,
        value: Id,
        constant: &Arc<Tensor>,
    ) -> Result<Option<Id>, ImportError> {
        self.net.charge(constant.data.len())?;
        let neutral = if op == "Add" { 0.0 } else { 1.0 };
        if constant.to_floats().iter().all(|&number| number == neutral) {
            return Ok(Some(value));
        }
        let Some(producer) = self.net.producer(value).filter(|_| self.alone[value]).cloned() else { return Ok(None) };
        let shape = self.net.shape(value).to_vec();
        let first = producer.inputs.first().copied();
        let second = producer.inputs.get(1).and_then(|&id| self.constant(id));
        let (Some(first), Some(second)) = (first, second) else { return Ok(None) };
        self.net.charge(second.data.len())?;
        let emit = |fuse: &mut Self, op, inputs, attributes| {
            fuse.net.add(op, inputs, attributes, shape.clone(), crate::tensor::ElementType::F32)
        };
        match (producer.op, op) {
            ("Add", "Add") | ("Mul", "Mul") if self.net.shape(first) == shape => {
                let Ok(both) = fold::binary(op, &second, constant) else { return Ok(None) };
                let both = self.net.constant(&both);
                emit(self, op, vec![first, both], vec![]).map(Some)
            }
            // (x + a) * b = x * b + a * b.
            ("Add", "Mul") if self.net.shape(first) == shape => {
                let Ok(shift) = fold::binary("Mul", &second, constant) else { return Ok(None) };
                let scaled = match self.with_constant("Mul", first, constant)? {
                    Some(scaled) => scaled,
                    None => {
                        let factor = self.net.constant(constant);
                        emit(self, "Mul", vec![first, factor], vec![])?
                    }
                };
                self.mark(scaled, true);
                let shift = self.net.constant(&shift);
                emit(self, "Add", vec![scaled, shift], vec![]).map(Some)
            }
            ("Conv", _) => {
                let Some(numbers) = along(constant, 1, shape[1]) else { return Ok(None) };
                let mut inputs = producer.inputs.clone();
                let bias = inputs
                    .get(2)
                    .and_then(|&id| self.constant(id))
                    .map_or(vec![0.0; shape[1]], |bias| bias.to_floats());
                let pairs = bias.iter().zip(&numbers);
                let bias: Vec<_> = if op == "Add" {
                    pairs.map(|(bias, number)| bias + number).collect()
                } else {
                    let each = second.data.len() / shape[1];
                    let kernel =
                        second.to_floats().into_iter().enumerate().map(|(at, weight)| weight * numbers[at / each]);
                    let kernel = Tensor::new(second.shape.clone(), Data::F32(kernel.collect()))?;
                    inputs[1] = self.net.constant(&kernel);
                    pairs.map(|(bias, number)| bias * number).collect()
                };
                inputs.truncate(2);
                if bias.iter().any(|&bias| bias != 0.0) || producer.inputs.len() > 2 || op == "Add" {
                    let bias = Tensor::new(vec![bias.len()], Data::F32(bias))?;
                    inputs.push(self.net.constant(&bias));
                }
                emit(self, "Conv", inputs, producer.attributes).map(Some)
            }
            ("MatMul", "Mul") if second.shape.len() == 2 => {
                let Some(numbers) = along(constant, shape.len() - 1, second.shape[1]) else { return Ok(None) };
                let weights = second.to_floats();
                let kernel = weights.into_iter().enumerate().map(|(at, weight)| weight * numbers[at % numbers.len()]);
                let kernel = Tensor::new(second.shape.clone(), Data::F32(kernel.collect()))?;
                let kernel = self.net.constant(&kernel);
                emit(self, "MatMul", vec![first, kernel], vec![]).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// Returns the elements of a constant along one axis, if it is constant along all others.
fn along(constant: &Tensor, axis: usize, dim: usize) -> Option<Vec<f32>> {
    let numbers = constant.to_floats();
    if let [number] = *numbers {
        return Some(vec![number; dim]);
    }
    // A constant has the rank of the value that it is combined with.
    let stored = constant.shape.get(axis) == Some(&dim) && numbers.len() == dim;
    stored.then_some(numbers)
}
