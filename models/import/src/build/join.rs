//! Concatenation, stacking and splitting.

use super::elementwise::view_of_order;
use super::view::AxisPart;
use super::{BuildResult, GraphBuilder, OpError, Value, View, axis, fold, op_error};
use crate::onnx_graph::{Id, OnnxAttribute};
use crate::tensor::ElementType;

impl GraphBuilder {
    /// Concatenates values along an axis.
    pub(crate) fn concat(&mut self, values: &[Value], along: i64) -> BuildResult {
        let shapes = values.iter().map(Value::shape).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = shapes.first() else {
            return op_error("expected at least one value to concatenate, got none");
        };
        let along = axis(along, first.len())?;
        let fit = |shape: &Vec<usize>| {
            shape.len() == first.len() && (0..shape.len()).all(|axis| axis == along || shape[axis] == first[axis])
        };
        if let Some(shape) = shapes.iter().find(|shape| !fit(shape)) {
            return op_error(format!("expected matching shapes, got {first:?} and {shape:?}"));
        }
        if let [value] = values {
            return Ok(value.clone());
        }
        let known: Option<Vec<_>> = values
            .iter()
            .map(|value| if let Value::Constant(tensor) = value { Some(tensor.clone()) } else { None })
            .collect();
        if let Some(known) = known {
            self.net.charge(known.iter().map(|tensor| tensor.data.len()).sum())?;
            return Ok(Value::Constant(fold::concat(&known, along)?));
        }
        let live: Vec<_> = values
            .iter()
            .filter_map(|value| if let Value::Dynamic(view) = value { Some(view) } else { None })
            .collect();
        if let [guide, ..] = *live
            && live.len() == values.len()
            && shapes.iter().all(|shape| shape[along] == 1)
            && live.iter().all(|view| view.axes == guide.axes && self.net.shape(view.id) == self.net.shape(guide.id))
        {
            return self.stack(&live, along);
        }
        let mut total = first.clone();
        total[along] = shapes.iter().fold(0, |sum, shape| sum.saturating_add(shape[along]));
        let guide = live.iter().max_by_key(|view| view.axes[along].iter().map(|part| part.size).product::<usize>());
        let order = match guide {
            Some(guide) if guide.axes[along].is_empty() => (0..total.len()).map(Some).collect(),
            Some(guide) => self.own_order(guide, &total),
            None => return Err(OpError::Unknown),
        };
        let shape: Vec<_> = order.iter().map(|axis: &Option<usize>| axis.map_or(1, |axis| total[axis])).collect();
        let Some(place) = order.iter().position(|&logical| logical == Some(along)) else {
            return Err(OpError::Unknown);
        };
        let mut ids = Vec::new();
        for value in values {
            ids.push(match value {
                Value::Dynamic(view) => self.transpose_to(view, &order)?,
                Value::Constant(tensor) => {
                    let element_type = live.first().map_or(ElementType::F32, |view| self.element_type(view));
                    let axes: Vec<_> = order.iter().flatten().copied().collect();
                    let rest: Vec<_> = (0..total.len()).filter(|axis| !axes.contains(axis)).collect();
                    let moved = fold::transpose(tensor, &[axes.clone(), rest].concat())?;
                    let dims = axes.iter().map(|&axis| tensor.shape[axis]).collect();
                    let moved = crate::tensor::Tensor::new(dims, moved.data.cast(element_type))?;
                    self.net.constant(&moved)
                }
                _ => return Err(OpError::Unknown),
            });
        }
        let id = self.joined(ids, place, shape.clone())?;
        Ok(Value::Dynamic(view_of_order(id, &order, &shape, total.len())))
    }

    /// Concatenates values of the same stored layout along an axis of size 1 without a transposition.
    fn stack(&mut self, views: &[&View], along: usize) -> BuildResult {
        let guide = views[0];
        let mut shape = self.net.shape(guide.id).to_vec();
        let Some(place) = shape.iter().position(|&dim| dim > 1).or_else(|| shape.len().checked_sub(1)) else {
            return Err(OpError::Unknown);
        };
        let (size, step) = (views.len(), shape[place]);
        shape[place] = shape[place].saturating_mul(size);
        let mut view = guide.clone();
        view.axes[along] = vec![AxisPart { axis: place, size, step }];
        view.id = self.joined(views.iter().map(|view| view.id).collect(), place, shape)?;
        Ok(Value::Dynamic(view))
    }

    fn joined(&mut self, ids: Vec<Id>, place: usize, shape: Vec<usize>) -> Result<Id, OpError> {
        let element_type = self.net.values[ids[0]].element_type;
        Ok(self.net.emit("Concat", ids, vec![("axis", OnnxAttribute::Int(place as i64))], shape, element_type)?)
    }

    /// Stacks values of the same shape along a new axis.
    pub(crate) fn pack(&mut self, values: &[Value], along: i64) -> BuildResult {
        let values = values.iter().map(|value| self.unsqueeze(value, &[along])).collect::<Result<Vec<_>, _>>()?;
        self.concat(&values, along)
    }

    /// Splits a value along an axis into parts of these sizes; -1 stands for the remaining size.
    pub(crate) fn split(&mut self, value: &Value, along: i64, sizes: &[i64]) -> Result<Vec<Value>, OpError> {
        let shape = value.shape()?;
        let along = axis(along, shape.len())?;
        let mut sizes = sizes.to_vec();
        let given: i64 = sizes.iter().filter(|&&size| size >= 0).fold(0, |sum, &size| sum.saturating_add(size));
        let whole = shape[along] as i64;
        sizes.iter_mut().filter(|size| **size == -1).for_each(|size| *size = whole.saturating_sub(given));
        if sizes.iter().any(|&size| size < 0)
            || sizes.iter().fold(0_i64, |sum, &size| sum.saturating_add(size)) != whole
        {
            return op_error(format!("expected sizes that add up to {whole}, got {sizes:?}"));
        }
        let mut start = 0;
        let mut parts = Vec::new();
        for size in sizes {
            let size = usize::try_from(size).unwrap_or(0);
            let slices: Vec<_> = (0..shape.len())
                .map(|axis| if axis == along { (start, 1, size) } else { (0, 1, shape[axis]) })
                .collect();
            // An empty part is an error only if it is used.
            parts.push(if size == 0 { Value::Absent } else { self.slice(value, &slices)? });
            start += size;
        }
        Ok(parts)
    }
}
