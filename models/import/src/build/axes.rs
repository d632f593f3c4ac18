//! Operations on axes: transpose, reshape, slice, pad, gather, expand, tile.

use super::{BuildResult, GraphBuilder, MAX_LIST_LEN, OpError, Value, View, axis, fold, op_error};
use crate::onnx_graph::OnnxAttribute;
use crate::tensor::{Tensor, count};

/// A slice of an axis: first index, step, number of elements.
pub(crate) type SliceSpec = (usize, i64, usize);

/// Maximum number of rows that are gathered by slices, which the engine runs faster than `Gather`.
const MAX_SLICED_ROWS: usize = 8;

/// Values of a padding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum PadMode {
    /// One number.
    Constant(f32),
    /// Reflection at the border, which is not repeated.
    Reflect,
    /// The border.
    Edge,
}

impl GraphBuilder {
    pub(crate) fn transpose(&mut self, value: &Value, permutation: &[i64]) -> BuildResult {
        let rank = value.shape()?.len();
        let order = permutation.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?;
        if order.len() != rank || !(0..rank).all(|axis| order.contains(&axis)) {
            return op_error(format!("expected a permutation of {rank} axes, got {permutation:?}"));
        }
        match value {
            Value::Constant(tensor) => {
                self.net.charge(tensor.data.len())?;
                Ok(Value::Constant(fold::transpose(tensor, &order)?))
            }
            Value::Dynamic(view) => Ok(Value::Dynamic(view.order(&order.into_iter().map(Some).collect::<Vec<_>>()))),
            _ => Err(OpError::Unknown),
        }
    }

    /// Reshapes a value; -1 stands for the remaining size. `batch` is the fixed batch of the file, if it is not 1: a
    /// target shape that starts with this batch starts with 1 instead.
    pub(crate) fn reshape(&mut self, value: &Value, target: &[i64], batch: Option<usize>) -> BuildResult {
        let have = value.shape()?;
        let total = count(&have)?;
        let mut target = target.to_vec();
        let fixed = |target: &[i64]| {
            let dims = target.iter().filter(|&&dim| dim != -1);
            dims.fold(1_usize, |product, &dim| product.saturating_mul(usize::try_from(dim).unwrap_or(usize::MAX)))
        };
        if let (Some(batch), Some(first)) = (batch, target.first().copied())
            && matches!(value, Value::Dynamic(_))
            && usize::try_from(first) == Ok(batch)
            && (target.contains(&-1) || fixed(&target) == total.saturating_mul(batch))
        {
            target[0] = 1;
        }
        let fixed = fixed(&target);
        let open = target.iter().filter(|&&dim| dim == -1).count();
        let fits = if open == 1 { fixed > 0 && total.is_multiple_of(fixed) } else { open == 0 && fixed == total };
        if !fits {
            return op_error(format!("expected a shape of {total} elements, got {target:?}"));
        }
        let dim = |&dim: &i64| usize::try_from(dim).unwrap_or_else(|_| total / fixed);
        self.shaped(value, target.iter().map(dim).collect())
    }

    /// Reshapes a value to a shape of the same size; see [`GraphBuilder::reshape`].
    pub(crate) fn shaped(&mut self, value: &Value, shape: Vec<usize>) -> BuildResult {
        match value {
            Value::Constant(tensor) => {
                self.net.charge(tensor.data.len())?;
                Ok(Value::Constant(fold::reshape(tensor, shape)?))
            }
            Value::Dynamic(view) => {
                if let Some(seen) = view.reshape(&shape) {
                    return self.as_image(seen);
                }
                let id = self.transpose_all(view)?;
                Ok(Value::Dynamic(View::plain(self.reshaped(id, &shape)?, &shape)))
            }
            _ => Err(OpError::Unknown),
        }
    }

    /// Stores a plane of time and frequency as an image of one channel, so that the operations after it have the rank
    /// of an image.
    fn as_image(&mut self, view: View) -> BuildResult {
        let stored = self.net.shape(view.id);
        let is_plane = view.axes.len() == 4
            && view.axes[3].is_empty()
            && stored.len() < 4
            && (1..3).all(|axis| self.whole(&view, axis).is_some())
            && view.axes[1] < view.axes[2];
        if !is_plane {
            return Ok(Value::Dynamic(view));
        }
        let shape = view.shape();
        let id = self.transpose_to(&view, &[Some(0), None, Some(1), Some(2)])?;
        let image = View::plain(id, &[shape[0], 1, shape[1], shape[2]]);
        Ok(Value::Dynamic(image.order(&[Some(0), Some(2), Some(3), Some(1)])))
    }

    /// Inserts axes of size 1 at these indices of the result.
    pub(crate) fn unsqueeze(&mut self, value: &Value, places: &[i64]) -> BuildResult {
        if let (Value::Blocks { view, block, pads }, &[place]) = (value, places) {
            return widened(view, block, pads, place);
        }
        let mut shape = value.shape()?;
        let rank = shape.len() + places.len();
        for place in super::axes(places, rank)? {
            if place > shape.len() {
                return op_error(format!("expected each new axis once, got {places:?}"));
            }
            shape.insert(place, 1);
        }
        self.shaped(value, shape)
    }

    /// Removes these axes of size 1; removes all axes of size 1 if the list is empty.
    pub(crate) fn squeeze(&mut self, value: &Value, places: &[i64]) -> BuildResult {
        if let (Value::Blocks { view, block, pads }, &[place]) = (value, places) {
            return narrowed(view, block, pads, place);
        }
        let shape = value.shape()?;
        let places = super::axes(places, shape.len())?;
        if let Some(&place) = places.iter().find(|&&place| shape[place] != 1) {
            return op_error(format!("expected axis {place} to be 1, got {}", shape[place]));
        }
        let stays = |axis: usize| if places.is_empty() { shape[axis] != 1 } else { !places.contains(&axis) };
        let left = (0..shape.len()).filter(|&axis| stays(axis)).map(|axis| shape[axis]).collect();
        self.shaped(value, left)
    }

    /// Slices every axis.
    pub(crate) fn slice(&mut self, value: &Value, slices: &[SliceSpec]) -> BuildResult {
        self.net.charge(1 + slices.len())?;
        let shape = value.shape()?;
        match value {
            Value::Constant(tensor) => {
                self.net.charge(slices.iter().fold(1, |all, slice| all.saturating_mul(slice.2)))?;
                let slices: Vec<_> = slices.iter().map(|&(start, step, dim)| (start, step as isize, dim)).collect();
                Ok(Value::Constant(fold::strided(tensor, &slices)?))
            }
            Value::Dynamic(view) => {
                let part = |axis: &usize| slices[*axis] != (0, 1, shape[*axis]);
                let parts: Vec<_> = (0..shape.len()).filter(part).collect();
                if parts.is_empty() {
                    return Ok(value.clone());
                }
                // The engine fails at some slices with steps.
                if let Some(&along) = parts.iter().find(|&&axis| slices[axis].1 != 1) {
                    let (start, step, dim) = slices[along];
                    let row = |at: usize| usize::try_from(start as i64 + step * at as i64).ok();
                    let rows: Option<Vec<_>> = (0..dim).map(row).collect();
                    let taken = self.take(value, along, &rows.ok_or(OpError::Unknown)?)?;
                    let mut rest = slices.to_vec();
                    rest[along] = (0, 1, dim);
                    return self.slice(&taken, &rest);
                }
                let view = self.with_whole_axes(view, &parts)?;
                let (mut stored, mut logical) = (self.net.shape(view.id).to_vec(), view.clone());
                let (mut starts, mut ends, mut axes) = (vec![], vec![], vec![]);
                for axis in parts {
                    let Some(place) = self.whole(&view, axis) else { return Err(OpError::Unknown) };
                    let (start, _, dim) = slices[axis];
                    starts.push(start as i64);
                    ends.push((start + dim) as i64);
                    axes.push(place as i64);
                    stored[place] = dim;
                    logical.axes[axis] =
                        if dim == 1 { vec![] } else { vec![super::view::AxisPart { axis: place, size: dim, step: 1 }] };
                }
                let element_type = self.element_type(&view);
                let steps = vec![1; axes.len()];
                let lists = [starts, ends, axes, steps].map(|list| self.net.integers(list));
                let inputs = [vec![view.id], lists.to_vec()].concat();
                Ok(Value::Dynamic(logical.on(self.net.emit("Slice", inputs, vec![], stored, element_type)?)))
            }
            _ => Err(OpError::Unknown),
        }
    }

    /// Returns a view in which each of these axes covers one stored axis completely.
    pub(crate) fn with_whole_axes(&mut self, view: &View, axes: &[usize]) -> Result<View, OpError> {
        if axes.iter().all(|&axis| self.whole(view, axis).is_some()) {
            return Ok(view.clone());
        }
        self.materialized(view)
    }

    /// Pads each axis before and after.
    pub(crate) fn pad(&mut self, value: &Value, pads: &[[usize; 2]], mode: PadMode) -> BuildResult {
        let shape = value.shape()?;
        if pads.len() != shape.len() {
            return op_error(format!("expected pads for {} axes, got {}", shape.len(), pads.len()));
        }
        let wide = |axis: &usize| pads[*axis] != [0, 0];
        let padded: Vec<_> = (0..shape.len()).filter(wide).collect();
        if padded.is_empty() {
            return Ok(value.clone());
        }
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let view = if padded.iter().all(|&axis| self.whole(view, axis).is_some()) {
            view.clone()
        } else {
            self.materialized(view)?
        };
        let (mut stored, mut logical) = (self.net.shape(view.id).to_vec(), view.clone());
        let mut list = vec![0; 2 * stored.len()];
        for axis in padded {
            // After materialization an axis of size 1 has the same index in the view and in the stored shape.
            let place = self.whole(&view, axis).unwrap_or(axis);
            let [before, after] = pads[axis];
            list[place] = before as i64;
            list[place + stored.len()] = after as i64;
            let size = stored[place].saturating_add(before).saturating_add(after);
            stored[place] = size;
            logical.axes[axis] = vec![super::view::AxisPart { axis: place, size, step: 1 }];
        }
        count(&stored)?;
        let list = self.net.integers(list);
        let element_type = self.element_type(&view);
        let (mut inputs, mut name) = (vec![view.id, list], "constant");
        match mode {
            PadMode::Constant(fill) => inputs.push(self.net.constant(&Tensor::float(fill))),
            PadMode::Reflect => name = "reflect",
            PadMode::Edge => name = "edge",
        }
        let id = self.net.emit("Pad", inputs, vec![("mode", OnnxAttribute::Text(name))], stored, element_type)?;
        Ok(Value::Dynamic(logical.on(id)))
    }

    /// Gathers the rows of an axis at these indices; a scalar index removes the axis.
    pub(crate) fn gather(&mut self, value: &Value, places: &Tensor, from: i64) -> BuildResult {
        let shape = value.shape()?;
        let along = axis(from, shape.len())?;
        let mut rows = Vec::new();
        if places.data.len() > MAX_LIST_LEN {
            return Err(OpError::Unknown);
        }
        for place in places.to_integers() {
            rows.push(axis(place, shape[along])?);
        }
        if rows.len() > MAX_SLICED_ROWS {
            let joined = self.take(value, along, &rows)?;
            let target = [&shape[..along], &places.shape, &shape[along + 1..]].concat();
            return self.shaped(&joined, target);
        }
        let slice = |row: usize| -> Vec<SliceSpec> {
            (0..shape.len()).map(|axis| if axis == along { (row, 1, 1) } else { (0, 1, shape[axis]) }).collect()
        };
        let mut parts = Vec::new();
        for row in rows {
            parts.push(self.slice(value, &slice(row))?);
        }
        let joined = match &*parts {
            [part] => part.clone(),
            _ => self.concat(&parts, along as i64)?,
        };
        let target = [&shape[..along], &places.shape, &shape[along + 1..]].concat();
        self.shaped(&joined, target)
    }

    /// Broadcasts a value to a shape.
    pub(crate) fn expand(&mut self, value: &Value, shape: &[usize]) -> BuildResult {
        let common = fold::broadcast(&value.shape()?, shape)?;
        count(&common)?;
        match value {
            Value::Constant(tensor) => {
                self.net.charge(common.iter().product())?;
                let data = tensor.data.pick(crate::tensor::broadcast_indices(&tensor.shape, &common));
                Ok(Value::Constant(Tensor::new(common, data)?))
            }
            Value::Dynamic(view) => {
                let (id, element_type) = (self.transpose_all(view)?, self.element_type(view));
                let list = self.net.integers(common.iter().map(|&dim| dim as i64).collect());
                Ok(Value::Dynamic(View::plain(
                    self.net.emit("Expand", vec![id, list], vec![], common.clone(), element_type)?,
                    &common,
                )))
            }
            _ => Err(OpError::Unknown),
        }
    }

    /// Repeats a value along each axis.
    pub(crate) fn tile(&mut self, value: &Value, times: &[i64]) -> BuildResult {
        let shape = value.shape()?;
        if times.len() != shape.len() || times.iter().any(|times| !(1..=4096).contains(times)) {
            return op_error(format!("expected repetitions of 1 to 4096 for {} axes, got {times:?}", shape.len()));
        }
        let mut value = value.clone();
        for (axis, &times) in times.iter().enumerate().filter(|(_, times)| **times > 1) {
            let parts = vec![value; usize::try_from(times).unwrap_or(1)];
            value = self.concat(&parts, axis as i64)?;
        }
        Ok(value)
    }
}

/// Inserts an axis of size 1 between the axes of blocks.
fn widened(view: &View, block: &[usize], pads: &[[usize; 2]], place: i64) -> BuildResult {
    let place = axis(place, view.axes.len() + 1)?;
    if !(1..=block.len() + 1).contains(&place) {
        return op_error(format!("expected an axis of the {} axes of blocks, got {place}", block.len()));
    }
    let mut order: Vec<_> = (0..view.axes.len()).map(Some).collect();
    order.insert(place, None);
    let (mut block, mut pads) = (block.to_vec(), pads.to_vec());
    if place <= block.len() {
        block.insert(place - 1, 1);
        pads.insert(place - 1, [0, 0]);
    }
    Ok(Value::Blocks { view: view.order(&order), block, pads })
}

/// Removes an axis of size 1 from the axes of blocks.
fn narrowed(view: &View, block: &[usize], pads: &[[usize; 2]], place: i64) -> BuildResult {
    let place = axis(place, view.axes.len())?;
    if !view.axes[place].is_empty() || place == 0 || block.get(place - 1).is_some_and(|&block| block != 1) {
        return op_error(format!("expected axis {place} to be 1 and without blocks, got {:?}", view.shape()));
    }
    let order: Vec<_> = (0..view.axes.len()).filter(|&axis| axis != place).map(Some).collect();
    let (mut block, mut pads) = (block.to_vec(), pads.to_vec());
    if place <= block.len() {
        block.remove(place - 1);
        pads.remove(place - 1);
    }
    Ok(Value::Blocks { view: view.order(&order), block, pads })
}
