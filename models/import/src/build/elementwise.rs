//! What is done to each number by itself.

use std::sync::Arc;

use super::{Build, Fault, Made, Value, View, fold, wrong};
use crate::onnx_graph::{Id, Setting};
use crate::tensor::{Data, Kind, Tensor, strides};

impl Build {
    /// An operation of ONNX on each number.
    pub(crate) fn unary(&mut self, op: &'static str, value: &Value) -> Made {
        match value {
            Value::Known(tensor) => {
                self.net.spend(tensor.data.len())?;
                Ok(Value::Known(fold::unary(op, tensor)?))
            }
            Value::Live(view) => self.on_each(op, view, vec![]),
            _ => Err(Fault::Unknown),
        }
    }

    /// As [`Build::unary`], with a number that belongs to the operation.
    pub(crate) fn unary_with(&mut self, op: &'static str, value: &Value, alpha: f32) -> Made {
        let Value::Live(view) = value else { return Err(Fault::Unknown) };
        self.on_each(op, view, vec![("alpha", Setting::Float(alpha.to_bits()))])
    }

    fn on_each(&mut self, op: &'static str, view: &View, settings: Vec<(&'static str, Setting)>) -> Made {
        let (shape, kind) = (self.net.shape(view.id).to_vec(), self.kind(view));
        Ok(Value::Live(view.on(self.net.emit(op, vec![view.id], settings, shape, kind)?)))
    }

    /// Between two bounds.
    pub(crate) fn clip(&mut self, value: &Value, low: f32, high: f32) -> Made {
        if let Value::Live(view) = value {
            let (shape, kind) = (self.net.shape(view.id).to_vec(), self.kind(view));
            let bounds = [low, high].map(|bound| self.net.constant(&Tensor::float(bound)));
            let id = self.net.emit("Clip", vec![view.id, bounds[0], bounds[1]], vec![], shape, kind)?;
            return Ok(Value::Live(view.on(id)));
        }
        let (low, high) = (Value::Known(Tensor::float(low)), Value::Known(Tensor::float(high)));
        let above = self.binary("Max", value, &low)?;
        self.binary("Min", &above, &high)
    }

    /// Numbers as another type.
    pub(crate) fn cast(&mut self, value: &Value, kind: Kind) -> Made {
        match value {
            Value::Known(tensor) => {
                self.net.spend(tensor.data.len())?;
                Ok(Value::Known(Tensor::new(tensor.shape.clone(), tensor.data.cast(kind))?))
            }
            Value::Live(view) if self.kind(view) == kind => Ok(value.clone()),
            Value::Live(view) => {
                let shape = self.net.shape(view.id).to_vec();
                let to = match kind {
                    Kind::F32 => 1,
                    Kind::I64 => 7,
                    Kind::Bool => 9,
                };
                let id = self.net.emit("Cast", vec![view.id], vec![("to", Setting::Int(to))], shape, kind)?;
                Ok(Value::Live(view.on(id)))
            }
            _ => Err(Fault::Unknown),
        }
    }

    /// An operation of ONNX on pairs of numbers.
    pub(crate) fn binary(&mut self, op: &'static str, one: &Value, other: &Value) -> Made {
        match (one, other) {
            (Value::Known(one), Value::Known(other)) => {
                self.net
                    .spend(fold::broadcast(&one.shape, &other.shape)?.iter().fold(1, |a, &b| a.saturating_mul(b)))?;
                Ok(Value::Known(fold::binary(op, one, other)?))
            }
            (Value::Live(view), Value::Known(tensor)) => match (op, &tensor.data) {
                // The forms that other parts look for.
                ("Sub", Data::F32(_)) => self.with_known("Add", view, &fold::unary("Neg", tensor)?, false),
                ("Div", Data::F32(_)) => self.with_known("Mul", view, &fold::unary("Reciprocal", tensor)?, false),
                ("Pow", Data::F32(values)) if **values == [2.0] && tensor.shape.is_empty() => {
                    self.binary("Mul", one, one)
                }
                ("Pow", Data::F32(values)) if **values == [0.5] => self.unary("Sqrt", one),
                _ => self.with_known(op, view, tensor, false),
            },
            (Value::Known(tensor), Value::Live(view)) => match op {
                "Add" | "Mul" => self.with_known(op, view, tensor, false),
                _ => self.with_known(op, view, tensor, true),
            },
            (Value::Live(one), Value::Live(other)) => self.both_live(op, one, other),
            _ => Err(Fault::Unknown),
        }
    }

    /// A value with a constant, that comes first if it is to.
    fn with_known(&mut self, op: &'static str, view: &View, tensor: &Arc<Tensor>, first: bool) -> Made {
        self.net.spend(tensor.data.len())?;
        let shape = view.shape();
        let common = fold::broadcast(&shape, &tensor.shape)?;
        let tensor = self.same_kind(view, tensor)?;
        let (view, constant) = if common == shape {
            let constant = self.lie_alike(view, &tensor)?;
            (view.clone(), constant)
        } else {
            (self.plain(view)?, tensor)
        };
        let constant_id = self.net.constant(&constant);
        let inputs = if first { vec![constant_id, view.id] } else { vec![view.id, constant_id] };
        let lies = fold::broadcast(self.net.shape(view.id), &constant.shape)?;
        let id = self.pair(op, inputs, lies.clone())?;
        Ok(Value::Live(if common == shape { view.on(id) } else { View::plain(id, &lies) }))
    }

    fn same_kind(&self, view: &View, tensor: &Arc<Tensor>) -> Result<Arc<Tensor>, Fault> {
        let kind = self.kind(view);
        if tensor.data.kind() == kind {
            return Ok(Arc::clone(tensor));
        }
        Ok(Tensor::new(tensor.shape.clone(), tensor.data.cast(kind))?)
    }

    fn pair(&mut self, op: &'static str, inputs: Vec<Id>, shape: Vec<usize>) -> Result<Id, Fault> {
        let kind = match op {
            "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "And" | "Or" => Kind::Bool,
            "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" => self.net.values[inputs[0]].kind,
            "FloorDiv" => {
                let quotient = self.pair("Div", inputs, shape.clone())?;
                let kind = self.net.values[quotient].kind;
                return Ok(self.net.emit("Floor", vec![quotient], vec![], shape, kind)?);
            }
            "NotEqual" => {
                let equal = self.pair("Equal", inputs, shape.clone())?;
                return Ok(self.net.emit("Not", vec![equal], vec![], shape, Kind::Bool)?);
            }
            _ => return Err(Fault::Unknown),
        };
        Ok(self.net.emit(op, inputs, vec![], shape, kind)?)
    }

    fn both_live(&mut self, op: &'static str, one: &View, other: &View) -> Made {
        if one.axes == other.axes && self.net.shape(one.id) == self.net.shape(other.id) {
            let shape = self.net.shape(one.id).to_vec();
            return Ok(Value::Live(one.on(self.pair(op, vec![one.id, other.id], shape)?)));
        }
        let common = fold::broadcast(&one.shape(), &other.shape())?;
        let lift = |view: &View| view.reshape(&[vec![1; common.len() - view.axes.len()], view.shape()].concat());
        let (Some(one), Some(other)) = (lift(one), lift(other)) else { return Err(Fault::Unknown) };
        let guide = if one.shape() == common { &one } else { &other };
        let order = self.own_order(guide, &common);
        let ids = [self.arrange(&one, &order)?, self.arrange(&other, &order)?];
        let shape: Vec<_> = order.iter().map(|axis| axis.map_or(1, |axis| common[axis])).collect();
        let id = self.pair(op, ids.to_vec(), shape.clone())?;
        Ok(Value::Live(laid_out(id, &order, &shape, common.len())))
    }

    /// The order in which the axes of a view lie, as far as they do so whole: the first axis, then those above 1 in
    /// `shape`. If they do not, the order that they are meant in.
    pub(crate) fn own_order(&self, view: &View, shape: &[usize]) -> Vec<Option<usize>> {
        let wide = (0..shape.len()).filter(|&axis| shape[axis] > 1);
        let places: Option<Vec<_>> = wide.map(|axis| Some((self.whole(view, axis)?, axis))).collect();
        let Some(mut places) = places else { return (0..shape.len()).map(Some).collect() };
        places.sort_unstable();
        let first = (!shape.is_empty() && shape[0] == 1).then_some(Some(0));
        first.into_iter().chain(places.into_iter().map(|(_, axis)| Some(axis))).collect()
    }

    /// The numbers of a constant that is meant to be spread over a view, lying as the view's value does.
    fn lie_alike(&mut self, view: &View, tensor: &Arc<Tensor>) -> Result<Arc<Tensor>, Fault> {
        let missing = view.axes.len() - tensor.shape.len();
        let lies = self.net.shape(view.id).to_vec();
        let own = strides(&tensor.shape);
        let mut shape = vec![1; lies.len()];
        // Along each axis of the value: places apart in the constant for each cell of it that the constant varies along.
        let mut steps = Vec::new();
        for (axis, cells) in view.axes.iter().enumerate().skip(missing) {
            if tensor.shape[axis - missing] == 1 {
                continue;
            }
            let mut inner = own[axis - missing];
            for cell in cells.iter().rev() {
                shape[cell.axis] = lies[cell.axis];
                steps.push((*cell, inner));
                inner *= cell.size;
            }
        }
        let total: usize = shape.iter().product();
        self.net.spend(total)?;
        let new = strides(&shape);
        let place = |place: usize| -> usize {
            steps
                .iter()
                .map(|(cell, step)| place / new[cell.axis] % lies[cell.axis] / cell.step % cell.size * step)
                .sum()
        };
        let data = tensor.data.pick((0..total).map(place));
        Ok(Tensor::new(shape, data)?)
    }

    /// One value or the other, number by number.
    pub(crate) fn select(&mut self, condition: &Value, one: &Value, other: &Value) -> Made {
        if let Value::Known(tensor) = condition {
            let Data::Bool(values) = tensor.data.cast(Kind::Bool) else { return Err(Fault::Unknown) };
            if values.iter().all(|&value| value == values[0]) && !values.is_empty() {
                let taken = if values[0] { one } else { other };
                let common = fold::broadcast(&fold::broadcast(&tensor.shape, &one.shape()?)?, &other.shape()?)?;
                return if taken.shape()? == common { Ok(taken.clone()) } else { self.expand(taken, &common) };
            }
        }
        let common = fold::broadcast(&fold::broadcast(&condition.shape()?, &one.shape()?)?, &other.shape()?)?;
        if let (Value::Known(condition), Value::Known(one), Value::Known(other)) = (condition, one, other) {
            // As a sum of what is taken: the numbers of a mask are 0 and 1.
            let taken = Value::Known(Tensor::new(condition.shape.clone(), condition.data.cast(one.data.kind()))?);
            let left = Value::Known(Tensor::new(
                condition.shape.clone(),
                fold::unary("Not", condition)?.data.cast(one.data.kind()),
            )?);
            let taken = self.binary("Mul", &taken, &Value::Known(Arc::clone(one)))?;
            let left = self.binary("Mul", &left, &Value::Known(Arc::clone(other)))?;
            return self.binary("Add", &taken, &left);
        }
        let condition = self.cast(condition, Kind::Bool)?;
        let inputs = vec![self.lay(&condition)?, self.lay(one)?, self.lay(other)?];
        let kind = self.net.values[inputs[1]].kind;
        let id = self.net.emit("Where", inputs, vec![], common.clone(), kind)?;
        Ok(Value::Live(View::plain(id, &common)))
    }

    /// A value as it is meant, whether known or not.
    pub(crate) fn lay(&mut self, value: &Value) -> Result<Id, Fault> {
        match value {
            Value::Known(tensor) => Ok(self.net.constant(tensor)),
            Value::Live(view) => self.arrange_all(view),
            Value::Absent => wrong("expected a value, got none"),
            _ => Err(Fault::Unknown),
        }
    }
}

/// The view of a value whose axes lie in `order`; the axes that are not in it are of 1.
pub(crate) fn laid_out(id: Id, order: &[Option<usize>], shape: &[usize], rank: usize) -> View {
    let plain = View::plain(id, shape);
    let place = |axis| order.iter().position(|&meant| meant == Some(axis));
    plain.order(&(0..rank).map(place).collect::<Vec<_>>())
}
