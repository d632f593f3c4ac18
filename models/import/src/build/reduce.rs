//! Reductions and softmax.

use super::{BuildResult, GraphBuilder, OpError, Value, axis, fold};
use crate::onnx_graph::OnnxAttribute;

impl GraphBuilder {
    /// Emits an ONNX reduction over these axes; over all axes if the list is empty.
    pub(crate) fn reduce(&mut self, op: &'static str, value: &Value, over: &[i64], keep: bool) -> BuildResult {
        let shape = value.shape()?;
        let over = if over.is_empty() { (0..shape.len()).collect() } else { super::axes(over, shape.len())? };
        let kept: Vec<_> = (0..shape.len()).filter(|axis| keep || !over.contains(axis)).collect();
        if let Value::Constant(tensor) = value {
            self.net.charge(tensor.data.len())?;
            let reduced = fold::reduce(op, tensor, &over)?;
            let dims = kept.iter().map(|&axis| reduced.shape[axis]).collect();
            return Ok(Value::Constant(fold::reshape(&reduced, dims)?));
        }
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let wide: Vec<_> = over.iter().copied().filter(|&axis| shape[axis] > 1).collect();
        let mut view = self.with_whole_axes(view, &wide)?;
        if !wide.is_empty() {
            let mut gone = Vec::new();
            for &axis in &wide {
                gone.push(self.whole(&view, axis).ok_or(OpError::Unknown)?);
            }
            gone.sort_unstable();
            let stored = self.net.shape(view.id).to_vec();
            let left = (0..stored.len()).filter(|place| !gone.contains(place)).map(|place| stored[place]).collect();
            let attributes = vec![
                ("axes", OnnxAttribute::Ints(gone.iter().map(|&place| place as i64).collect())),
                ("keepdims", OnnxAttribute::Int(0)),
            ];
            // In version 13 only `ReduceSum` takes the axes as an input.
            let element_type = self.element_type(&view);
            let id = if op == "ReduceSum" {
                let axes = self.net.integers(gone.iter().map(|&place| place as i64).collect());
                self.net.emit(op, vec![view.id, axes], vec![("keepdims", OnnxAttribute::Int(0))], left, element_type)?
            } else {
                self.net.emit(op, vec![view.id], attributes, left, element_type)?
            };
            view.id = id;
            wide.iter().for_each(|&axis| view.axes[axis].clear());
            let moved = |place: usize| place - gone.iter().filter(|&&before| before < place).count();
            view.axes.iter_mut().flatten().for_each(|part| part.axis = moved(part.axis));
        }
        Ok(Value::Dynamic(view.order(&kept.into_iter().map(Some).collect::<Vec<_>>())))
    }

    /// Emits `Softmax` or `LogSoftmax` along one axis.
    pub(crate) fn softmax(&mut self, op: &'static str, value: &Value, along: i64) -> BuildResult {
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let along = axis(along, view.axes.len())?;
        let view = if self.whole(view, along).is_some() { view.clone() } else { self.materialized(view)? };
        let place = self.whole(&view, along).unwrap_or(along);
        let (shape, element_type) = (self.net.shape(view.id).to_vec(), self.element_type(&view));
        let id =
            self.net.emit(op, vec![view.id], vec![("axis", OnnxAttribute::Int(place as i64))], shape, element_type)?;
        Ok(Value::Dynamic(view.on(id)))
    }
}
