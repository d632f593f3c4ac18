//! What puts values side by side.

use super::elementwise::laid_out;
use super::view::Cell;
use super::{Build, Fault, Made, Value, View, axis, fold, wrong};
use crate::onnx_graph::{Id, Setting};
use crate::tensor::Kind;

impl Build {
    /// Values one behind the other along an axis.
    pub(crate) fn concat(&mut self, values: &[Value], along: i64) -> Made {
        let shapes = values.iter().map(Value::shape).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = shapes.first() else { return wrong("expected something to join, got nothing") };
        let along = axis(along, first.len())?;
        let fit = |shape: &Vec<usize>| {
            shape.len() == first.len() && (0..shape.len()).all(|axis| axis == along || shape[axis] == first[axis])
        };
        if let Some(shape) = shapes.iter().find(|shape| !fit(shape)) {
            return wrong(format!("expected shapes that fit, got {first:?} and {shape:?}"));
        }
        if let [value] = values {
            return Ok(value.clone());
        }
        let known: Option<Vec<_>> = values
            .iter()
            .map(|value| if let Value::Known(tensor) = value { Some(tensor.clone()) } else { None })
            .collect();
        if let Some(known) = known {
            self.net.spend(known.iter().map(|tensor| tensor.data.len()).sum())?;
            return Ok(Value::Known(fold::concat(&known, along)?));
        }
        let live: Vec<_> =
            values.iter().filter_map(|value| if let Value::Live(view) = value { Some(view) } else { None }).collect();
        if let [guide, ..] = *live
            && live.len() == values.len()
            && shapes.iter().all(|shape| shape[along] == 1)
            && live.iter().all(|view| view.axes == guide.axes && self.net.shape(view.id) == self.net.shape(guide.id))
        {
            return self.stack(&live, along);
        }
        let mut total = first.clone();
        total[along] = shapes.iter().fold(0, |sum, shape| sum.saturating_add(shape[along]));
        let guide = live.iter().max_by_key(|view| view.axes[along].iter().map(|cell| cell.size).product::<usize>());
        let order = match guide {
            Some(guide) if guide.axes[along].is_empty() => (0..total.len()).map(Some).collect(),
            Some(guide) => self.own_order(guide, &total),
            None => return Err(Fault::Unknown),
        };
        let shape: Vec<_> = order.iter().map(|axis: &Option<usize>| axis.map_or(1, |axis| total[axis])).collect();
        let Some(place) = order.iter().position(|&meant| meant == Some(along)) else { return Err(Fault::Unknown) };
        let mut ids = Vec::new();
        for value in values {
            ids.push(match value {
                Value::Live(view) => self.arrange(view, &order)?,
                Value::Known(tensor) => {
                    let kind = live.first().map_or(Kind::F32, |view| self.kind(view));
                    let axes: Vec<_> = order.iter().flatten().copied().collect();
                    let rest: Vec<_> = (0..total.len()).filter(|axis| !axes.contains(axis)).collect();
                    let moved = fold::transpose(tensor, &[axes.clone(), rest].concat())?;
                    let sides = axes.iter().map(|&axis| tensor.shape[axis]).collect();
                    let moved = crate::tensor::Tensor::new(sides, moved.data.cast(kind))?;
                    self.net.constant(&moved)
                }
                _ => return Err(Fault::Unknown),
            });
        }
        let id = self.joined(ids, place, shape.clone())?;
        Ok(Value::Live(laid_out(id, &order, &shape, total.len())))
    }

    /// Values that lie alike, along an axis of 1: one whole value behind the other, which moves nothing.
    fn stack(&mut self, views: &[&View], along: usize) -> Made {
        let guide = views[0];
        let mut shape = self.net.shape(guide.id).to_vec();
        let Some(place) = shape.iter().position(|&side| side > 1).or_else(|| shape.len().checked_sub(1)) else {
            return Err(Fault::Unknown);
        };
        let (size, step) = (views.len(), shape[place]);
        shape[place] = shape[place].saturating_mul(size);
        let mut view = guide.clone();
        view.axes[along] = vec![Cell { axis: place, size, step }];
        view.id = self.joined(views.iter().map(|view| view.id).collect(), place, shape)?;
        Ok(Value::Live(view))
    }

    fn joined(&mut self, ids: Vec<Id>, place: usize, shape: Vec<usize>) -> Result<Id, Fault> {
        let kind = self.net.values[ids[0]].kind;
        Ok(self.net.emit("Concat", ids, vec![("axis", Setting::Int(place as i64))], shape, kind)?)
    }

    /// Values of one shape along a new axis.
    pub(crate) fn pack(&mut self, values: &[Value], along: i64) -> Made {
        let values = values.iter().map(|value| self.unsqueeze(value, &[along])).collect::<Result<Vec<_>, _>>()?;
        self.concat(&values, along)
    }

    /// A value in parts of these sizes along an axis.
    pub(crate) fn split(&mut self, value: &Value, along: i64, sizes: &[i64]) -> Result<Vec<Value>, Fault> {
        let shape = value.shape()?;
        let along = axis(along, shape.len())?;
        let mut sizes = sizes.to_vec();
        let given: i64 = sizes.iter().filter(|&&size| size >= 0).fold(0, |sum, &size| sum.saturating_add(size));
        let whole = shape[along] as i64;
        sizes.iter_mut().filter(|size| **size == -1).for_each(|size| *size = whole.saturating_sub(given));
        if sizes.iter().any(|&size| size < 0)
            || sizes.iter().fold(0_i64, |sum, &size| sum.saturating_add(size)) != whole
        {
            return wrong(format!("expected parts of {whole} together, got {sizes:?}"));
        }
        let mut start = 0;
        let mut parts = Vec::new();
        for size in sizes {
            let size = usize::try_from(size).unwrap_or(0);
            let cuts: Vec<_> = (0..shape.len())
                .map(|axis| if axis == along { (start, 1, size) } else { (0, 1, shape[axis]) })
                .collect();
            parts.push(self.cut(value, &cuts)?);
            start += size;
        }
        Ok(parts)
    }
}
