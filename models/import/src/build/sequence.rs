//! Operations along one axis: rows by index, reversal, cumulative sums, the largest elements.

use super::view::AxisPart;
use super::{BuildResult, GraphBuilder, MAX_LIST_LEN, OpError, Value, View, axis, fold, op_error};
use crate::onnx_graph::{OUTPUT_SLOT, OnnxAttribute};
use crate::tensor::{ElementType, Tensor, count, strides};

impl GraphBuilder {
    /// Returns the rows of an axis at these indices, which are in range.
    pub(crate) fn take(&mut self, value: &Value, along: usize, rows: &[usize]) -> BuildResult {
        let mut shape = value.shape()?;
        let Some(&dim) = shape.get(along).filter(|&&dim| rows.iter().all(|&row| row < dim)) else {
            return op_error(format!("expected rows of axis {along} of {shape:?}"));
        };
        if rows.len() == dim && rows.iter().enumerate().all(|(at, &row)| at == row) {
            return Ok(value.clone());
        }
        if rows.is_empty() {
            return op_error("expected at least one row, got none");
        }
        shape[along] = rows.len();
        self.net.charge(count(&shape)?)?;
        match value {
            Value::Constant(tensor) => {
                let (own, new) = (strides(&tensor.shape), strides(&shape));
                let place = |place: usize| -> usize {
                    let index = |axis: usize| place / new[axis] % shape[axis];
                    (0..shape.len())
                        .map(|axis| if axis == along { rows[index(axis)] } else { index(axis) } * own[axis])
                        .sum()
                };
                let total = count(&shape)?;
                let data = tensor.data.pick((0..total).map(place));
                Ok(Value::Constant(Tensor::new(shape, data)?))
            }
            Value::Dynamic(_) if dim == 1 => {
                let times: Vec<_> = (0..shape.len()).map(|axis| if axis == along { rows.len() } else { 1 }).collect();
                self.tile(value, &times.iter().map(|&times| times as i64).collect::<Vec<_>>())
            }
            Value::Dynamic(view) => {
                let mut view = self.with_whole_axes(view, &[along])?;
                let place = self.whole(&view, along).ok_or(OpError::Unknown)?;
                let mut stored = self.net.shape(view.id).to_vec();
                stored[place] = rows.len();
                let element_type = self.element_type(&view);
                let rows_id = self.net.integers(rows.iter().map(|&row| row as i64).collect());
                let attributes = vec![("axis", OnnxAttribute::Int(place as i64))];
                view.id = self.net.emit("Gather", vec![view.id, rows_id], attributes, stored, element_type)?;
                let size = rows.len();
                view.axes[along] = if size == 1 { vec![] } else { vec![AxisPart { axis: place, size, step: 1 }] };
                Ok(Value::Dynamic(view))
            }
            _ => Err(OpError::Unknown),
        }
    }

    /// Returns a row of a value, without the first axis.
    pub(crate) fn row(&mut self, value: &Value, row: usize) -> BuildResult {
        let shape = value.shape()?;
        if shape.first().is_none_or(|&dim| row >= dim) {
            return op_error(format!("expected a row of shape {shape:?}, got row {row}"));
        }
        let slices: Vec<_> =
            shape.iter().enumerate().map(|(axis, &dim)| if axis == 0 { (row, 1, 1) } else { (0, 1, dim) }).collect();
        let part = self.slice(value, &slices)?;
        self.squeeze(&part, &[0])
    }

    /// Reverses these axes.
    pub(crate) fn reversed(&mut self, value: &Value, axes: &[usize]) -> BuildResult {
        let mut value = value.clone();
        for &axis in axes {
            let dim = value.shape()?.get(axis).copied().unwrap_or(0);
            value = self.take(&value, axis, &(0..dim).rev().collect::<Vec<_>>())?;
        }
        Ok(value)
    }

    /// Emits the sums of all elements up to each, along an axis.
    pub(crate) fn cumulative_sum(&mut self, value: &Value, along: i64, exclusive: bool, reverse: bool) -> BuildResult {
        let along = axis(along, value.shape()?.len())?;
        if let Value::Constant(tensor) = value {
            self.net.charge(tensor.data.len())?;
            return Ok(Value::Constant(fold::cumulative_sum(tensor, along, exclusive, reverse)?));
        }
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        if view.axes[along].is_empty() {
            return if exclusive { self.scaled(value, 0.0) } else { Ok(value.clone()) };
        }
        let view = self.with_whole_axes(view, &[along])?;
        let place = self.whole(&view, along).ok_or(OpError::Unknown)?;
        let (shape, element_type) = (self.net.shape(view.id).to_vec(), self.element_type(&view));
        let axis_id = self.net.constant(&Tensor::scalar(crate::tensor::Data::I64(vec![place as i64])));
        let flags = [("exclusive", exclusive), ("reverse", reverse)];
        let flags = flags.map(|(name, flag)| (name, OnnxAttribute::Int(flag.into()))).to_vec();
        let id = self.net.emit("CumSum", vec![view.id, axis_id], flags, shape, element_type)?;
        Ok(Value::Dynamic(view.on(id)))
    }

    /// Emits the `size` largest elements along an axis, or the smallest, in order.
    pub(crate) fn largest(&mut self, value: &Value, along: i64, size: usize, smallest: bool) -> BuildResult {
        let mut shape = value.shape()?;
        let along = axis(along, shape.len())?;
        if !(1..=shape[along]).contains(&size) {
            return op_error(format!("expected 1 to {} elements, got {size}", shape[along]));
        }
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let (id, element_type) = (self.transpose_all(view)?, self.element_type(view));
        shape[along] = size;
        let size = self.net.integers(vec![size as i64]);
        let attributes = vec![
            ("axis", OnnxAttribute::Int(along as i64)),
            ("largest", OnnxAttribute::Int((!smallest).into())),
            ("sorted", OnnxAttribute::Int(1)),
            (OUTPUT_SLOT, OnnxAttribute::Int(0)),
        ];
        let id = self.net.emit("TopK", vec![id, size], attributes, shape.clone(), element_type)?;
        Ok(Value::Dynamic(View::plain(id, &shape)))
    }

    /// Emits the index of the largest or smallest element along an axis, `ArgMax` or `ArgMin`.
    pub(crate) fn arg_extreme(&mut self, op: &'static str, value: &Value, along: i64, keep: bool) -> BuildResult {
        let mut shape = value.shape()?;
        let along = axis(along, shape.len())?;
        let Value::Dynamic(view) = value else { return Err(OpError::Unknown) };
        let id = self.transpose_all(view)?;
        shape[along] = 1;
        let attributes = vec![("axis", OnnxAttribute::Int(along as i64)), ("keepdims", OnnxAttribute::Int(1))];
        let id = self.net.emit(op, vec![id], attributes, shape.clone(), ElementType::I64)?;
        let indices = Value::Dynamic(View::plain(id, &shape));
        if keep { Ok(indices) } else { self.squeeze(&indices, &[along as i64]) }
    }

    /// Keeps the elements of matrices on one side of a diagonal; the others become 0.
    pub(crate) fn triangle(&mut self, value: &Value, diagonal: i64, upper: bool) -> BuildResult {
        let shape = value.shape()?;
        let &[.., height, width] = &*shape else { return op_error(format!("expected matrices, got shape {shape:?}")) };
        let total = count(&[height, width])?;
        self.net.charge(total)?;
        let keeps = |place: usize| {
            let offset = (place % width) as i64 - (place / width) as i64;
            if upper { offset >= diagonal } else { offset <= diagonal }
        };
        if let Value::Constant(tensor) = value {
            self.net.charge(tensor.data.len())?;
            // An index beyond the end gives 0.
            let place = |place: usize| if keeps(place % total) { place } else { usize::MAX };
            let data = tensor.data.pick((0..tensor.data.len()).map(place));
            return Ok(Value::Constant(Tensor::new(shape.clone(), data)?));
        }
        let kept = Tensor::new(vec![height, width], crate::tensor::Data::Bool((0..total).map(keeps).collect()))?;
        self.select(&Value::Constant(kept), value, &Value::Constant(Tensor::float(0.0)))
    }

    /// Pads each axis by rows of the value: `row` gives the row at an index, which may be outside of the axis, for the
    /// size of the axis.
    pub(crate) fn pad_by_rows(
        &mut self,
        value: &Value,
        pads: &[[usize; 2]],
        row: impl Fn(i64, i64) -> i64,
    ) -> BuildResult {
        let shape = value.shape()?;
        if pads.len() != shape.len() {
            return op_error(format!("expected pads for {} axes, got {}", shape.len(), pads.len()));
        }
        let mut padded = value.clone();
        for (along, &[before, after]) in pads.iter().enumerate().filter(|(_, pad)| **pad != [0, 0]) {
            let dim = shape[along];
            if before > dim || after > dim || dim > MAX_LIST_LEN {
                return op_error(format!("expected pads of at most {dim}, got {before} and {after}"));
            }
            let indices = -(before as i64)..(dim + after) as i64;
            let rows: Option<Vec<_>> =
                indices.map(|index| usize::try_from(row(index, dim as i64)).ok().filter(|&row| row < dim)).collect();
            padded = self.take(&padded, along, &rows.ok_or(OpError::Unknown)?)?;
        }
        Ok(padded)
    }

    /// Rearranges `[batch, channels, height, width]`: blocks of the plane become channels.
    pub(crate) fn space_to_depth(&mut self, value: &Value, block: usize) -> BuildResult {
        let shape = value.shape()?;
        let &[batch, channels, height, width] = &*shape else { return Err(OpError::Unknown) };
        if block == 0 || !height.is_multiple_of(block) || !width.is_multiple_of(block) {
            return op_error(format!("expected a block that divides {height} x {width}, got {block}"));
        }
        let parts = vec![batch, channels, height / block, block, width / block, block];
        let apart = self.shaped(value, parts)?;
        let moved = self.transpose(&apart, &[0, 3, 5, 1, 2, 4])?;
        self.shaped(&moved, vec![batch, channels * block * block, height / block, width / block])
    }

    /// Rearranges `[batch, channels, height, width]`: channels become blocks of the plane. The blocks are the first part
    /// of the channels, or the last if `columns_first`.
    pub(crate) fn depth_to_space(&mut self, value: &Value, block: usize, columns_first: bool) -> BuildResult {
        let shape = value.shape()?;
        let &[batch, channels, height, width] = &*shape else { return Err(OpError::Unknown) };
        let square = block.saturating_mul(block);
        if square == 0 || !channels.is_multiple_of(square) {
            return op_error(format!("expected a block whose square divides {channels} channels, got {block}"));
        }
        let depth = channels / square;
        let (parts, order) = if columns_first {
            (vec![batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3])
        } else {
            (vec![batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2])
        };
        let apart = self.shaped(value, parts)?;
        let moved = self.transpose(&apart, &order)?;
        self.shaped(&moved, vec![batch, depth, height * block, width * block])
    }

    /// Returns the quotient with a constant divisor, not multiplied by the reciprocal: a quantization rounds it.
    pub(crate) fn exact_quotient(&mut self, value: &Value, divisor: &Value) -> BuildResult {
        match (value, divisor) {
            (Value::Dynamic(view), Value::Constant(tensor)) => self.with_constant("Div", view, tensor, false),
            (Value::Constant(one), Value::Constant(other)) => Ok(Value::Constant(fold::binary("Div", one, other)?)),
            _ => self.binary("Div", value, divisor),
        }
    }
}
