//! The map from the axes that an operation expects to the stored axes of a value.

use crate::onnx_graph::Id;

/// A part of a stored axis: `size` elements with a distance of `step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AxisPart {
    pub(crate) axis: usize,
    pub(crate) size: usize,
    pub(crate) step: usize,
}

/// A value and its logical axes: each is a list of parts of stored axes, slowest first. An axis of size 1 is an empty
/// list. The parts cover each stored element exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) id: Id,
    pub(crate) axes: Vec<Vec<AxisPart>>,
}

fn size(parts: &[AxisPart]) -> usize {
    parts.iter().map(|part| part.size).product()
}

impl View {
    /// Returns the view of a value in its stored order.
    pub(crate) fn plain(id: Id, shape: &[usize]) -> Self {
        let part =
            |(axis, &size): (usize, &usize)| if size == 1 { vec![] } else { vec![AxisPart { axis, size, step: 1 }] };
        Self { id, axes: shape.iter().enumerate().map(part).collect() }
    }

    pub(crate) fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|parts| size(parts)).collect()
    }

    /// Returns the same axes on another value of the same stored layout.
    pub(crate) fn on(&self, id: Id) -> Self {
        Self { id, axes: self.axes.clone() }
    }

    /// Returns the view with its axes in another order; `None` inserts an axis of size 1.
    pub(crate) fn order(&self, order: &[Option<usize>]) -> Self {
        let axes = order.iter().map(|axis| axis.map_or_else(Vec::new, |axis| self.axes[axis].clone()));
        Self { id: self.id, axes: axes.collect() }
    }

    /// Returns the view in another shape of the same size, or `None` if a stored axis cannot be split accordingly.
    pub(crate) fn reshape(&self, shape: &[usize]) -> Option<Self> {
        let mut parts = self.axes.iter().flatten().rev().copied().collect::<Vec<_>>();
        let mut axes = Vec::with_capacity(shape.len());
        for &dim in shape {
            let (mut axis, mut left) = (Vec::<AxisPart>::new(), dim);
            while left > 1 {
                let part = parts.pop()?;
                let taken = if left.is_multiple_of(part.size) {
                    part
                } else if part.size.is_multiple_of(left) {
                    let inner = part.size / left;
                    parts.push(AxisPart { size: inner, ..part });
                    AxisPart { size: left, step: part.step * inner, ..part }
                } else {
                    return None;
                };
                left /= taken.size;
                match axis.last_mut() {
                    Some(last) if last.axis == taken.axis && last.step == taken.step * taken.size => {
                        *last = AxisPart { size: last.size * taken.size, ..taken };
                    }
                    _ => axis.push(taken),
                }
            }
            axes.push(axis);
        }
        parts.is_empty().then_some(Self { id: self.id, axes })
    }
}
