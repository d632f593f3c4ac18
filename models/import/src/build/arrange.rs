//! Emits the transpositions and reshapes that store a value in the order of its view.

use super::view::{AxisPart, View};
use super::{GraphBuilder, OpError, op_error};
use crate::onnx_graph::{Id, OnnxAttribute};
use crate::tensor::{ElementType, strides};

impl GraphBuilder {
    /// Returns the stored axis that this axis of the view covers completely.
    pub(crate) fn whole(&self, view: &View, axis: usize) -> Option<usize> {
        let [part] = *view.axes[axis] else { return None };
        (part.step == 1 && part.size == self.net.shape(view.id)[part.axis]).then_some(part.axis)
    }

    /// Returns the distance between neighbouring elements of an axis part, in elements of the stored value.
    pub(crate) fn stride(&self, view: &View, part: &AxisPart) -> usize {
        strides(self.net.shape(view.id))[part.axis] * part.step
    }

    /// Returns the value stored in this order of axes; `None` inserts an axis of size 1. Omitted axes must have size 1.
    pub(crate) fn transpose_to(&mut self, view: &View, order: &[Option<usize>]) -> Result<Id, OpError> {
        let logical = view.order(order);
        let shape = logical.shape();
        let mut parts: Vec<_> =
            logical.axes.iter().flatten().map(|part| (self.stride(view, part), part.size)).collect();
        if parts.is_sorted_by(|one, next| one.0 > next.0) {
            return self.reshaped(view.id, &shape);
        }
        if let Some(permutation) = self.permutation(&logical) {
            return self.transposed(view.id, &permutation);
        }
        let target = parts.clone();
        parts.sort_unstable_by(|one, next| next.cmp(one));
        let sizes: Vec<_> = parts.iter().map(|part| part.1).collect();
        let place = |part: &(usize, usize)| parts.iter().position(|other| other == part).unwrap_or(0);
        let permutation: Vec<_> = target.iter().map(place).collect();
        let apart = self.reshaped(view.id, &sizes)?;
        let moved = self.transposed(apart, &permutation)?;
        self.reshaped(moved, &shape)
    }

    /// Returns the value stored in the order of its view.
    pub(crate) fn transpose_all(&mut self, view: &View) -> Result<Id, OpError> {
        let order: Vec<_> = (0..view.axes.len()).map(Some).collect();
        self.transpose_to(view, &order)
    }

    /// Returns the view of the value after it was stored in the order of its view.
    pub(crate) fn materialized(&mut self, view: &View) -> Result<View, OpError> {
        Ok(View::plain(self.transpose_all(view)?, &view.shape()))
    }

    /// Returns the permutation that gives this view without a reshape.
    fn permutation(&self, logical: &View) -> Option<Vec<usize>> {
        let shape = self.net.shape(logical.id);
        if shape.len() != logical.axes.len() {
            return None;
        }
        let mut ones = (0..shape.len()).filter(|&axis| shape[axis] == 1);
        let place = |axis: usize| if logical.axes[axis].is_empty() { ones.next() } else { self.whole(logical, axis) };
        (0..shape.len()).map(place).collect()
    }

    fn transposed(&mut self, id: Id, permutation: &[usize]) -> Result<Id, OpError> {
        let (shape, element_type) = (self.net.shape(id), self.net.values[id].element_type);
        let shape = permutation.iter().map(|&axis| shape[axis]).collect();
        let permutation = permutation.iter().map(|&axis| axis as i64).collect();
        Ok(self.net.emit(
            "Transpose",
            vec![id],
            vec![("perm", OnnxAttribute::Ints(permutation))],
            shape,
            element_type,
        )?)
    }

    /// Returns the value in another shape with the same order of elements.
    pub(crate) fn reshaped(&mut self, mut id: Id, shape: &[usize]) -> Result<Id, OpError> {
        loop {
            if self.net.shape(id) == shape {
                return Ok(id);
            }
            match self.net.producer(id) {
                Some(producer) if matches!(producer.op, "Reshape" | "Squeeze" | "Unsqueeze") => id = producer.inputs[0],
                _ => break,
            }
        }
        let (old, element_type) = (self.net.shape(id).to_vec(), self.net.values[id].element_type);
        if old.iter().product::<usize>() != shape.iter().product() {
            return op_error(format!("expected as many elements as in {old:?}, got shape {shape:?}"));
        }
        let (op, numbers) = if let Some(axes) = unit_axes(&old, shape) {
            ("Unsqueeze", axes)
        } else if let Some(axes) = unit_axes(shape, &old) {
            ("Squeeze", axes)
        } else {
            ("Reshape", shape.iter().map(|&dim| dim as i64).collect())
        };
        let numbers = self.net.integers(numbers);
        Ok(self.net.emit(op, vec![id, numbers], vec![], shape.to_vec(), element_type)?)
    }

    pub(crate) fn element_type(&self, view: &View) -> ElementType {
        self.net.values[view.id].element_type
    }
}

/// Returns the axes of size 1 that turn `shorter` into `longer`, if the shapes differ by such axes only.
fn unit_axes(shorter: &[usize], longer: &[usize]) -> Option<Vec<i64>> {
    let (mut rest, mut added) = (shorter, Vec::new());
    for (axis, dim) in longer.iter().enumerate() {
        match rest.split_first() {
            Some((first, others)) if first == dim => rest = others,
            _ if *dim == 1 => added.push(axis as i64),
            _ => return None,
        }
    }
    rest.is_empty().then_some(added)
}
