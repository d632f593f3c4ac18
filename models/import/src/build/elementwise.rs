//! Elementwise operations, with broadcasting.

use std::sync::Arc;

use super::{BuildResult, GraphBuilder, OpError, Value, View, fold, op_error};
use crate::onnx_graph::{Id, OnnxAttribute};
use crate::tensor::{Data, ElementType, Tensor, strides};

impl GraphBuilder {
    /// Emits an elementwise ONNX operation with one input.
    pub(crate) fn unary(&mut self, op: &'static str, value: &Value) -> BuildResult {
        match value {
            Value::Constant(tensor) => {
                self.net.charge(tensor.data.len())?;
                Ok(Value::Constant(fold::unary(op, tensor)?))
            }
            Value::Dynamic(view) => self.elementwise(op, view, vec![]),
            _ => Err(OpError::Unknown),
        }
    }

    /// Emits an elementwise ONNX operation with one input and the attribute `alpha`.
    pub(crate) fn unary_with(&mut self, op: &'static str, value: &Value, alpha: f32) -> BuildResult {
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        self.elementwise(op, view, vec![("alpha", OnnxAttribute::Float(alpha.to_bits()))])
    }

    fn elementwise(
        &mut self,
        op: &'static str,
        view: &View,
        attributes: Vec<(&'static str, OnnxAttribute)>,
    ) -> BuildResult {
        let (shape, element_type) = (self.net.shape(view.id).to_vec(), self.element_type(view));
        Ok(Value::Dynamic(view.on(self.net.emit(op, vec![view.id], attributes, shape, element_type)?)))
    }

    /// Clamps a value between two bounds.
    pub(crate) fn clip(&mut self, value: &Value, low: f32, high: f32) -> BuildResult {
        if let Value::Dynamic(view) = value {
            let (shape, element_type) = (self.net.shape(view.id).to_vec(), self.element_type(view));
            let bounds = [low, high].map(|bound| self.net.constant(&Tensor::float(bound)));
            let id = self.net.emit("Clip", vec![view.id, bounds[0], bounds[1]], vec![], shape, element_type)?;
            return Ok(Value::Dynamic(view.on(id)));
        }
        let (low, high) = (Value::Constant(Tensor::float(low)), Value::Constant(Tensor::float(high)));
        let above = self.binary("Max", value, &low)?;
        self.binary("Min", &above, &high)
    }

    /// Converts a value to another element type.
    pub(crate) fn cast(&mut self, value: &Value, element_type: ElementType) -> BuildResult {
        match value {
            Value::Constant(tensor) => {
                self.net.charge(tensor.data.len())?;
                Ok(Value::Constant(Tensor::new(tensor.shape.clone(), tensor.data.cast(element_type))?))
            }
            Value::Dynamic(view) if self.element_type(view) == element_type => Ok(value.clone()),
            Value::Dynamic(view) => {
                let shape = self.net.shape(view.id).to_vec();
                let to = match element_type {
                    ElementType::F32 => 1,
                    ElementType::I64 => 7,
                    ElementType::Bool => 9,
                };
                let id =
                    self.net.emit("Cast", vec![view.id], vec![("to", OnnxAttribute::Int(to))], shape, element_type)?;
                Ok(Value::Dynamic(view.on(id)))
            }
            _ => Err(OpError::Unknown),
        }
    }

    /// Emits an elementwise ONNX operation with two inputs.
    pub(crate) fn binary(&mut self, op: &'static str, one: &Value, other: &Value) -> BuildResult {
        let is_flag =
            |value: &Value| matches!(value, Value::Dynamic(view) if self.element_type(view) == ElementType::Bool);
        if matches!(op, "Equal" | "NotEqual") && (is_flag(one) || is_flag(other)) {
            // The engine compares numbers only.
            let (one, other) = (self.cast(one, ElementType::F32)?, self.cast(other, ElementType::F32)?);
            return self.binary(op, &one, &other);
        }
        match (one, other) {
            (Value::Constant(one), Value::Constant(other)) => {
                self.net
                    .charge(fold::broadcast(&one.shape, &other.shape)?.iter().fold(1, |a, &b| a.saturating_mul(b)))?;
                Ok(Value::Constant(fold::binary(op, one, other)?))
            }
            (Value::Dynamic(view), Value::Constant(tensor)) => match (op, &tensor.data) {
                // The canonical forms that the fusion step matches.
                ("Sub", Data::F32(_)) => self.with_constant("Add", view, &fold::unary("Neg", tensor)?, false),
                ("Div", Data::F32(_)) => self.with_constant("Mul", view, &fold::unary("Reciprocal", tensor)?, false),
                ("Pow", Data::F32(values)) if **values == [2.0] && tensor.shape.is_empty() => {
                    self.binary("Mul", one, one)
                }
                ("Pow", Data::F32(values)) if **values == [0.5] => self.unary("Sqrt", one),
                _ => self.with_constant(op, view, tensor, false),
            },
            (Value::Constant(tensor), Value::Dynamic(view)) => match op {
                "Add" | "Mul" => self.with_constant(op, view, tensor, false),
                _ => self.with_constant(op, view, tensor, true),
            },
            (Value::Dynamic(one), Value::Dynamic(other)) => self.both_dynamic(op, one, other),
            _ => Err(OpError::Unknown),
        }
    }

    /// Emits an operation on a value and a constant; the constant is the first input if `first`.
    pub(super) fn with_constant(
        &mut self,
        op: &'static str,
        view: &View,
        tensor: &Arc<Tensor>,
        first: bool,
    ) -> BuildResult {
        self.net.charge(tensor.data.len())?;
        let shape = view.shape();
        let common = fold::broadcast(&shape, &tensor.shape)?;
        let tensor = self.same_element_type(view, tensor)?;
        let (view, constant) = if common == shape {
            let constant = self.broadcast_to_layout(view, &tensor)?;
            (view.clone(), constant)
        } else {
            (self.materialized(view)?, tensor)
        };
        let constant_id = self.net.constant(&constant);
        let inputs = if first { vec![constant_id, view.id] } else { vec![view.id, constant_id] };
        let stored = fold::broadcast(self.net.shape(view.id), &constant.shape)?;
        let id = self.pair(op, inputs, stored.clone())?;
        Ok(Value::Dynamic(if common == shape { view.on(id) } else { View::plain(id, &stored) }))
    }

    fn same_element_type(&self, view: &View, tensor: &Arc<Tensor>) -> Result<Arc<Tensor>, OpError> {
        let element_type = self.element_type(view);
        if tensor.data.element_type() == element_type {
            return Ok(Arc::clone(tensor));
        }
        Ok(Tensor::new(tensor.shape.clone(), tensor.data.cast(element_type))?)
    }

    fn pair(&mut self, op: &'static str, inputs: Vec<Id>, shape: Vec<usize>) -> Result<Id, OpError> {
        let element_type = match op {
            "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "And" | "Or" => ElementType::Bool,
            "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" => self.net.values[inputs[0]].element_type,
            "FloorDiv" => {
                let quotient = self.pair("Div", inputs, shape.clone())?;
                let element_type = self.net.values[quotient].element_type;
                return Ok(self.net.emit("Floor", vec![quotient], vec![], shape, element_type)?);
            }
            "NotEqual" => {
                let equal = self.pair("Equal", inputs, shape.clone())?;
                return Ok(self.net.emit("Not", vec![equal], vec![], shape, ElementType::Bool)?);
            }
            _ => return Err(OpError::Unknown),
        };
        Ok(self.net.emit(op, inputs, vec![], shape, element_type)?)
    }

    fn both_dynamic(&mut self, op: &'static str, one: &View, other: &View) -> BuildResult {
        if one.axes == other.axes && self.net.shape(one.id) == self.net.shape(other.id) {
            let shape = self.net.shape(one.id).to_vec();
            return Ok(Value::Dynamic(one.on(self.pair(op, vec![one.id, other.id], shape)?)));
        }
        let common = fold::broadcast(&one.shape(), &other.shape())?;
        let lift = |view: &View| view.reshape(&[vec![1; common.len() - view.axes.len()], view.shape()].concat());
        let (Some(one), Some(other)) = (lift(one), lift(other)) else { return Err(OpError::Unknown) };
        let guide = if one.shape() == common { &one } else { &other };
        let order = self.own_order(guide, &common);
        let ids = [self.transpose_to(&one, &order)?, self.transpose_to(&other, &order)?];
        let shape: Vec<_> = order.iter().map(|axis| axis.map_or(1, |axis| common[axis])).collect();
        let id = self.pair(op, ids.to_vec(), shape.clone())?;
        Ok(Value::Dynamic(view_of_order(id, &order, &shape, common.len())))
    }

    /// Returns the stored order of a view's axes: axis 0 if its size in `shape` is 1, then the axes larger than 1. The
    /// order of the view itself if one of these axes does not cover a stored axis completely.
    pub(crate) fn own_order(&self, view: &View, shape: &[usize]) -> Vec<Option<usize>> {
        let wide = (0..shape.len()).filter(|&axis| shape[axis] > 1);
        let places: Option<Vec<_>> = wide.map(|axis| Some((self.whole(view, axis)?, axis))).collect();
        let Some(mut places) = places else { return (0..shape.len()).map(Some).collect() };
        places.sort_unstable();
        let first = (!shape.is_empty() && shape[0] == 1).then_some(Some(0));
        first.into_iter().chain(places.into_iter().map(|(_, axis)| Some(axis))).collect()
    }

    /// Returns a constant, broadcast over a view, in the stored layout of the view's value.
    fn broadcast_to_layout(&mut self, view: &View, tensor: &Arc<Tensor>) -> Result<Arc<Tensor>, OpError> {
        let missing = view.axes.len() - tensor.shape.len();
        let stored = self.net.shape(view.id).to_vec();
        let own = strides(&tensor.shape);
        let mut shape = vec![1; stored.len()];
        // For each axis part that the constant varies along: the step in the constant.
        let mut steps = Vec::new();
        for (axis, parts) in view.axes.iter().enumerate().skip(missing) {
            if tensor.shape[axis - missing] == 1 {
                continue;
            }
            let mut inner = own[axis - missing];
            for part in parts.iter().rev() {
                shape[part.axis] = stored[part.axis];
                steps.push((*part, inner));
                inner *= part.size;
            }
        }
        let total: usize = shape.iter().product();
        self.net.charge(total)?;
        let new = strides(&shape);
        let place = |place: usize| -> usize {
            steps
                .iter()
                .map(|(part, step)| place / new[part.axis] % stored[part.axis] / part.step % part.size * step)
                .sum()
        };
        let data = tensor.data.pick((0..total).map(place));
        Ok(Tensor::new(shape, data)?)
    }

    /// Selects elements of one value or the other by a condition.
    pub(crate) fn select(&mut self, condition: &Value, one: &Value, other: &Value) -> BuildResult {
        if let Value::Constant(tensor) = condition {
            let Data::Bool(values) = tensor.data.cast(ElementType::Bool) else { return Err(OpError::Unknown) };
            if values.iter().all(|&value| value == values[0]) && !values.is_empty() {
                let taken = if values[0] { one } else { other };
                let common = fold::broadcast(&fold::broadcast(&tensor.shape, &one.shape()?)?, &other.shape()?)?;
                return if taken.shape()? == common { Ok(taken.clone()) } else { self.expand(taken, &common) };
            }
        }
        let common = fold::broadcast(&fold::broadcast(&condition.shape()?, &one.shape()?)?, &other.shape()?)?;
        if let (Value::Constant(condition), Value::Constant(one), Value::Constant(other)) = (condition, one, other) {
            return self.constant_selection([condition, one, other], common);
        }
        let condition = self.cast(condition, ElementType::Bool)?;
        let inputs = vec![self.materialize(&condition)?, self.materialize(one)?, self.materialize(other)?];
        let element_type = self.net.values[inputs[1]].element_type;
        let id = self.net.emit("Where", inputs, vec![], common.clone(), element_type)?;
        Ok(Value::Dynamic(View::plain(id, &common)))
    }

    fn constant_selection(&mut self, parts: [&Arc<Tensor>; 3], shape: Vec<usize>) -> BuildResult {
        let total = crate::tensor::count(&shape)?;
        self.net.charge(total.saturating_mul(parts.len()))?;
        let [condition, one, other] =
            parts.map(|part| part.data.pick(crate::tensor::broadcast_indices(&part.shape, &shape)));
        let (Data::Bool(condition), element_type) = (condition.cast(ElementType::Bool), one.element_type()) else {
            return Err(OpError::Unknown);
        };
        let rows = [one, other.cast(element_type)].map(|data| Tensor::new(vec![total], data));
        let [one, other] = rows;
        let both = fold::concat(&[one?, other?], 0)?;
        let places = condition.iter().enumerate().map(|(at, &first)| if first { at } else { total + at });
        Ok(Value::Constant(Tensor::new(shape, both.data.pick(places))?))
    }

    /// Returns a constant or dynamic value stored in the order of its view.
    pub(crate) fn materialize(&mut self, value: &Value) -> Result<Id, OpError> {
        match value {
            Value::Constant(tensor) => Ok(self.net.constant(tensor)),
            Value::Dynamic(view) => self.transpose_all(view),
            Value::Absent => op_error("expected a value, got none"),
            _ => Err(OpError::Unknown),
        }
    }
}

/// Returns the view of a value whose axes are stored in `order`; axes that are not in `order` have size 1.
pub(crate) fn view_of_order(id: Id, order: &[Option<usize>], shape: &[usize], rank: usize) -> View {
    let plain = View::plain(id, shape);
    let place = |axis| order.iter().position(|&logical| logical == Some(axis));
    plain.order(&(0..rank).map(place).collect::<Vec<_>>())
}
