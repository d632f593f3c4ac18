//! Puts together what the engine would have to do one after the other: factors and sums of constants, with each other or
//! with the convolution or product before them.

use std::sync::Arc;

use crate::ImportError;
use crate::build::fold;
use crate::limits::Limits;
use crate::onnx_graph::{Id, Net, Operation};
use crate::tensor::{Data, Tensor};

/// The network with less to do, and where its values went.
pub(crate) fn tidy(net: &Net, outputs: &[Id], limits: &Limits) -> Result<(Net, Vec<Id>), ImportError> {
    let needed = needed(net, outputs);
    let mut takers = vec![0_usize; net.values.len()];
    for (operation, id) in &net.operations {
        if needed[*id] {
            operation.inputs.iter().for_each(|&input| takers[input] += 1);
        }
    }
    outputs.iter().for_each(|&output| takers[output] += 1);
    let mut tidy = Tidy { net: Net::within(limits), alone: Vec::new() };
    let mut places: Vec<Option<Id>> = vec![None; net.values.len()];
    let mut moved = |tidy: &mut Tidy, id: Id| {
        *places[id].get_or_insert_with(|| {
            let info = &net.values[id];
            tidy.net.name = Arc::clone(&info.name);
            let place = match &info.constant {
                Some(constant) => tidy.net.constant(constant),
                None => tidy.net.input(&info.shape),
            };
            tidy.mark(place, takers[id] == 1);
            place
        })
    };
    // What has no maker is the input or a constant; it is moved when it is met.
    let mut made: Vec<Option<Id>> = vec![None; net.values.len()];
    for (operation, id) in net.operations.iter().filter(|(_, id)| needed[*id]) {
        let inputs = operation.inputs.iter().map(|&input| made[input].unwrap_or_else(|| moved(&mut tidy, input)));
        let inputs: Vec<_> = inputs.collect();
        let info = &net.values[*id];
        tidy.net.name = Arc::clone(&info.name);
        let place = tidy.put(Operation { inputs, ..operation.clone() }, &info.shape, info.kind)?;
        tidy.mark(place, takers[*id] == 1);
        made[*id] = Some(place);
    }
    let outputs = outputs.iter().map(|&output| made[output].unwrap_or_else(|| moved(&mut tidy, output))).collect();
    Ok((tidy.net, outputs))
}

/// Which values the outputs depend on.
pub(crate) fn needed(net: &Net, outputs: &[Id]) -> Vec<bool> {
    let mut needed = vec![false; net.values.len()];
    outputs.iter().for_each(|&output| needed[output] = true);
    for (operation, id) in net.operations.iter().rev() {
        if needed[*id] {
            operation.inputs.iter().for_each(|&input| needed[input] = true);
        }
    }
    needed
}

struct Tidy {
    net: Net,
    /// Whether a value has only one taker.
    alone: Vec<bool>,
}

impl Tidy {
    fn mark(&mut self, id: Id, alone: bool) {
        self.alone.resize(self.net.values.len().max(id + 1), true);
        self.alone[id] = alone;
    }

    fn constant(&self, id: Id) -> Option<Arc<Tensor>> {
        let constant = self.net.values[id].constant.clone()?;
        matches!(constant.data, Data::F32(_)).then_some(constant)
    }

    fn put(&mut self, operation: Operation, shape: &[usize], kind: crate::tensor::Kind) -> Result<Id, ImportError> {
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
        self.net.emit(operation.op, operation.inputs, operation.settings, shape.to_vec(), kind)
    }

    /// A value plus or times a constant, if that can be done by what makes the value.
    fn with_constant(
        &mut self,
        op: &'static str,
        value: Id,
        constant: &Arc<Tensor>,
    ) -> Result<Option<Id>, ImportError> {
        self.net.spend(constant.data.len())?;
        let neutral = if op == "Add" { 0.0 } else { 1.0 };
        if constant.to_floats().iter().all(|&number| number == neutral) {
            return Ok(Some(value));
        }
        let Some(maker) = self.net.maker(value).filter(|_| self.alone[value]).cloned() else { return Ok(None) };
        let shape = self.net.shape(value).to_vec();
        let first = maker.inputs.first().copied();
        let second = maker.inputs.get(1).and_then(|&id| self.constant(id));
        let (Some(first), Some(second)) = (first, second) else { return Ok(None) };
        self.net.spend(second.data.len())?;
        let emit = |tidy: &mut Self, op, inputs, settings| {
            tidy.net.emit(op, inputs, settings, shape.clone(), crate::tensor::Kind::F32)
        };
        match (maker.op, op) {
            ("Add", "Add") | ("Mul", "Mul") if self.net.shape(first) == shape => {
                let Ok(both) = fold::binary(op, &second, constant) else { return Ok(None) };
                let both = self.net.constant(&both);
                emit(self, op, vec![first, both], vec![]).map(Some)
            }
            // (x + a) * b is x * b + a * b.
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
                let mut inputs = maker.inputs.clone();
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
                if bias.iter().any(|&bias| bias != 0.0) || maker.inputs.len() > 2 || op == "Add" {
                    let bias = Tensor::new(vec![bias.len()], Data::F32(bias))?;
                    inputs.push(self.net.constant(&bias));
                }
                emit(self, "Conv", inputs, maker.settings).map(Some)
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

/// A constant's numbers along one axis from the front of the value's, if it varies along no other.
fn along(constant: &Tensor, axis: usize, side: usize) -> Option<Vec<f32>> {
    let numbers = constant.to_floats();
    if let [number] = *numbers {
        return Some(vec![number; side]);
    }
    // Constants have as many axes as the value that they lie on.
    let lies = constant.shape.get(axis) == Some(&side) && numbers.len() == side;
    lies.then_some(numbers)
}
