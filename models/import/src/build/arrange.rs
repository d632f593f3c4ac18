//! Brings the axes of a value into the order that its view means.

use super::view::{Cell, View};
use super::{Build, Fault, wrong};
use crate::onnx_graph::{Id, Setting};
use crate::tensor::{Kind, strides};

impl Build {
    /// The axis of the value that is exactly this axis of its view.
    pub(crate) fn whole(&self, view: &View, axis: usize) -> Option<usize> {
        let [cell] = *view.axes[axis] else { return None };
        (cell.step == 1 && cell.size == self.net.shape(view.id)[cell.axis]).then_some(cell.axis)
    }

    /// Distance between the places of a cell in the value.
    pub(crate) fn stride(&self, view: &View, cell: &Cell) -> usize {
        strides(self.net.shape(view.id))[cell.axis] * cell.step
    }

    /// The value with its axes in this order; `None` is an axis of 1. Axes left out must be of 1.
    pub(crate) fn arrange(&mut self, view: &View, order: &[Option<usize>]) -> Result<Id, Fault> {
        let meant = view.order(order);
        let shape = meant.shape();
        let mut cells: Vec<_> = meant.axes.iter().flatten().map(|cell| (self.stride(view, cell), cell.size)).collect();
        if cells.is_sorted_by(|one, next| one.0 > next.0) {
            return self.reshaped(view.id, &shape);
        }
        if let Some(permutation) = self.permutation(&meant) {
            return self.transposed(view.id, &permutation);
        }
        let wanted = cells.clone();
        cells.sort_unstable_by(|one, next| next.cmp(one));
        let sizes: Vec<_> = cells.iter().map(|cell| cell.1).collect();
        let place = |cell: &(usize, usize)| cells.iter().position(|other| other == cell).unwrap_or(0);
        let permutation: Vec<_> = wanted.iter().map(place).collect();
        let apart = self.reshaped(view.id, &sizes)?;
        let moved = self.transposed(apart, &permutation)?;
        self.reshaped(moved, &shape)
    }

    /// The value with its axes in the order of its view.
    pub(crate) fn arrange_all(&mut self, view: &View) -> Result<Id, Fault> {
        let order: Vec<_> = (0..view.axes.len()).map(Some).collect();
        self.arrange(view, &order)
    }

    /// The value as it is meant, and lying so.
    pub(crate) fn plain(&mut self, view: &View) -> Result<View, Fault> {
        Ok(View::plain(self.arrange_all(view)?, &view.shape()))
    }

    /// A transposition that does it without a change of shape.
    fn permutation(&self, meant: &View) -> Option<Vec<usize>> {
        let shape = self.net.shape(meant.id);
        if shape.len() != meant.axes.len() {
            return None;
        }
        let mut ones = (0..shape.len()).filter(|&axis| shape[axis] == 1);
        let place = |axis: usize| if meant.axes[axis].is_empty() { ones.next() } else { self.whole(meant, axis) };
        (0..shape.len()).map(place).collect()
    }

    fn transposed(&mut self, id: Id, permutation: &[usize]) -> Result<Id, Fault> {
        let (shape, kind) = (self.net.shape(id), self.net.values[id].kind);
        let shape = permutation.iter().map(|&axis| shape[axis]).collect();
        let permutation = permutation.iter().map(|&axis| axis as i64).collect();
        Ok(self.net.emit("Transpose", vec![id], vec![("perm", Setting::Ints(permutation))], shape, kind)?)
    }

    /// The value in another shape of the same order.
    pub(crate) fn reshaped(&mut self, mut id: Id, shape: &[usize]) -> Result<Id, Fault> {
        loop {
            if self.net.shape(id) == shape {
                return Ok(id);
            }
            match self.net.maker(id) {
                Some(maker) if matches!(maker.op, "Reshape" | "Squeeze" | "Unsqueeze") => id = maker.inputs[0],
                _ => break,
            }
        }
        let (old, kind) = (self.net.shape(id).to_vec(), self.net.values[id].kind);
        if old.iter().product::<usize>() != shape.iter().product() {
            return wrong(format!("expected as many values as in {old:?}, got shape {shape:?}"));
        }
        let (op, numbers) = if let Some(axes) = added_ones(&old, shape) {
            ("Unsqueeze", axes)
        } else if let Some(axes) = added_ones(shape, &old) {
            ("Squeeze", axes)
        } else {
            ("Reshape", shape.iter().map(|&side| side as i64).collect())
        };
        let numbers = self.net.integers(numbers);
        Ok(self.net.emit(op, vec![id, numbers], vec![], shape.to_vec(), kind)?)
    }

    pub(crate) fn kind(&self, view: &View) -> Kind {
        self.net.values[view.id].kind
    }
}

/// The axes of 1 by which `longer` differs from `shorter`, if that is all.
fn added_ones(shorter: &[usize], longer: &[usize]) -> Option<Vec<i64>> {
    let (mut rest, mut added) = (shorter, Vec::new());
    for (axis, side) in longer.iter().enumerate() {
        match rest.split_first() {
            Some((first, others)) if first == side => rest = others,
            _ if *side == 1 => added.push(axis as i64),
            _ => return None,
        }
    }
    rest.is_empty().then_some(added)
}
