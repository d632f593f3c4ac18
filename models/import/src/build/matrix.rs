//! Products of matrices.

use std::sync::Arc;

use super::{Build, Fault, Made, Value, View, fold, wrong};
use crate::tensor::{Data, Kind, Tensor, broadcast_places};

impl Build {
    /// The product of the last two axes, the others side by side.
    pub(crate) fn matmul(&mut self, one: &Value, other: &Value) -> Made {
        let (left, right) = (one.shape()?, other.shape()?);
        let ([.., inner], [.., second, width]) = (&*left, &*right) else {
            return wrong(format!("expected matrices, got shapes {left:?} and {right:?}"));
        };
        if left.len() < 2 || inner != second {
            return wrong(format!("expected matrices that fit, got shapes {left:?} and {right:?}"));
        }
        let outer = fold::broadcast(&left[..left.len() - 2], &right[..right.len() - 2])?;
        let shape = [&*outer, &[left[left.len() - 2], *width]].concat();
        match (one, other) {
            (Value::Known(one), Value::Known(other)) => self.known_product(one, other, &shape),
            (Value::Live(view), Value::Known(kernel)) if kernel.shape.len() == 2 => {
                if kernel.data.kind() != Kind::F32 {
                    return Err(Fault::Unknown);
                }
                let (id, kernel) = self.rows(view, kernel)?;
                let kernel = self.net.constant(&kernel);
                let id = self.net.emit("MatMul", vec![id, kernel], vec![], shape.clone(), Kind::F32)?;
                Ok(Value::Live(View::plain(id, &shape)))
            }
            _ => {
                let inputs = vec![self.lay(one)?, self.lay(other)?];
                let id = self.net.emit("MatMul", inputs, vec![], shape.clone(), Kind::F32)?;
                Ok(Value::Live(View::plain(id, &shape)))
            }
        }
    }

    /// A value as rows to multiply with a kernel. The order of the numbers in a row does not matter to their sum: if only
    /// that is not as meant, it is the kernel's rows that are moved.
    fn rows(&mut self, view: &View, kernel: &Arc<Tensor>) -> Result<(usize, Arc<Tensor>), Fault> {
        let shape = view.shape();
        let (last, width) = (shape.len() - 1, kernel.shape[1]);
        let mut cells: Vec<_> = view.axes[last].iter().map(|cell| (self.stride(view, cell), *cell)).collect();
        let wanted = cells.clone();
        cells.sort_unstable_by_key(|(stride, _)| std::cmp::Reverse(*stride));
        if cells == wanted {
            return Ok((self.arrange_all(view)?, Arc::clone(kernel)));
        }
        let mut meant = view.clone();
        meant.axes[last] = cells.iter().map(|(_, cell)| *cell).collect();
        // Where each row of the kernel comes from: how far apart a cell's places are in the order that is meant.
        let mut steps = Vec::new();
        let mut inner = 1;
        for (stride, cell) in wanted.iter().rev() {
            steps.push((*stride, inner));
            inner *= cell.size;
        }
        let row = |mut place: usize| -> usize {
            let mut row = 0;
            for (stride, cell) in cells.iter().rev() {
                let step = steps.iter().find(|(other, _)| other == stride).map_or(0, |(_, step)| *step);
                row += place % cell.size * step;
                place /= cell.size;
            }
            row
        };
        self.net.spend(kernel.data.len())?;
        let data = kernel.data.pick((0..kernel.data.len()).map(|place| row(place / width) * width + place % width));
        let kernel = Tensor::new(kernel.shape.clone(), data)?;
        Ok((self.arrange_all(&meant)?, kernel))
    }

    fn known_product(&mut self, one: &Tensor, other: &Tensor, shape: &[usize]) -> Made {
        let [outer @ .., height, width] = shape else { return Err(Fault::Unknown) };
        let (height, width, inner) = (*height, *width, one.shape[one.shape.len() - 1]);
        let total = crate::tensor::count(shape)?;
        self.net.spend(total.saturating_mul(inner.max(1)))?;
        let (left, right) = (one.to_floats(), other.to_floats());
        let lefts = broadcast_places(&one.shape[..one.shape.len() - 2], outer);
        let rights = broadcast_places(&other.shape[..other.shape.len() - 2], outer);
        let mut product = Vec::with_capacity(total);
        for (one, other) in lefts.zip(rights) {
            for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
                let term =
                    |at: usize| left[(one * height + row) * inner + at] * right[(other * inner + at) * width + column];
                product.push((0..inner).map(term).sum());
            }
        }
        Ok(Value::Known(Tensor::new(shape.to_vec(), Data::F32(product))?))
    }
}
