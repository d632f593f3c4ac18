//! Matrix multiplication.

use std::sync::Arc;

use super::{BuildResult, GraphBuilder, OpError, Value, View, fold, op_error};
use crate::tensor::{Data, ElementType, Tensor, broadcast_indices};

impl GraphBuilder {
    /// Emits a matrix product over the last two axes; the other axes are broadcast.
    pub(crate) fn matmul(&mut self, one: &Value, other: &Value) -> BuildResult {
        let (left, right) = (one.shape()?, other.shape()?);
        let ([.., inner], [.., second, width]) = (&*left, &*right) else {
            return op_error(format!("expected matrices, got shapes {left:?} and {right:?}"));
        };
        if left.len() < 2 || inner != second {
            return op_error(format!("expected matrices of matching shapes, got {left:?} and {right:?}"));
        }
        let outer = fold::broadcast(&left[..left.len() - 2], &right[..right.len() - 2])?;
        let shape = [&*outer, &[left[left.len() - 2], *width]].concat();
        match (one, other) {
            (Value::Constant(one), Value::Constant(other)) => self.constant_product(one, other, &shape),
            (Value::Dynamic(view), Value::Constant(kernel)) if kernel.shape.len() == 2 => {
                if kernel.data.element_type() != ElementType::F32 {
                    return Err(OpError::Unknown);
                }
                let (id, kernel) = self.rows(view, kernel)?;
                let kernel = self.net.constant(&kernel);
                let id = self.net.emit("MatMul", vec![id, kernel], vec![], shape.clone(), ElementType::F32)?;
                Ok(Value::Dynamic(View::plain(id, &shape)))
            }
            _ => {
                let inputs = vec![self.materialize(one)?, self.materialize(other)?];
                let id = self.net.emit("MatMul", inputs, vec![], shape.clone(), ElementType::F32)?;
                Ok(Value::Dynamic(View::plain(id, &shape)))
            }
        }
    }

    /// Returns a value as rows, and the kernel to multiply them with. If only the order within a row differs between
    /// view and stored value, the rows of the kernel are permuted instead of the value.
    fn rows(&mut self, view: &View, kernel: &Arc<Tensor>) -> Result<(usize, Arc<Tensor>), OpError> {
        let shape = view.shape();
        let (last, width) = (shape.len() - 1, kernel.shape[1]);
        let mut parts: Vec<_> = view.axes[last].iter().map(|part| (self.stride(view, part), *part)).collect();
        let target = parts.clone();
        parts.sort_unstable_by_key(|(stride, _)| std::cmp::Reverse(*stride));
        if parts == target {
            return Ok((self.transpose_all(view)?, Arc::clone(kernel)));
        }
        let mut logical = view.clone();
        logical.axes[last] = parts.iter().map(|(_, part)| *part).collect();
        // For each axis part: its stride in the stored value and its step in the order of the view.
        let mut steps = Vec::new();
        let mut inner = 1;
        for (stride, part) in target.iter().rev() {
            steps.push((*stride, inner));
            inner *= part.size;
        }
        let row = |mut place: usize| -> usize {
            let mut row = 0;
            for (stride, part) in parts.iter().rev() {
                let step = steps.iter().find(|(other, _)| other == stride).map_or(0, |(_, step)| *step);
                row += place % part.size * step;
                place /= part.size;
            }
            row
        };
        self.net.charge(kernel.data.len())?;
        let data = kernel.data.pick((0..kernel.data.len()).map(|place| row(place / width) * width + place % width));
        let kernel = Tensor::new(kernel.shape.clone(), data)?;
        Ok((self.transpose_all(&logical)?, kernel))
    }

    fn constant_product(&mut self, one: &Tensor, other: &Tensor, shape: &[usize]) -> BuildResult {
        let [outer @ .., height, width] = shape else { return Err(OpError::Unknown) };
        let (height, width, inner) = (*height, *width, one.shape[one.shape.len() - 1]);
        let total = crate::tensor::count(shape)?;
        self.net.charge(total.saturating_mul(inner.max(1)))?;
        let (left, right) = (one.to_floats(), other.to_floats());
        let lefts = broadcast_indices(&one.shape[..one.shape.len() - 2], outer);
        let rights = broadcast_indices(&other.shape[..other.shape.len() - 2], outer);
        let mut product = Vec::with_capacity(total);
        for (one, other) in lefts.zip(rights) {
            for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
                let term =
                    |at: usize| left[(one * height + row) * inner + at] * right[(other * inner + at) * width + column];
                product.push((0..inner).map(term).sum());
            }
        }
        Ok(Value::Constant(Tensor::new(shape.to_vec(), Data::F32(product))?))
    }
}
