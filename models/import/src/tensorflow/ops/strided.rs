//! Conversion of TensorFlow's slices, pads and sparse constants.

use super::call::Call;
use crate::build::slice::part;
use crate::build::{BuildResult, GraphBuilder, OpError, PadMode, Value, op_error};
use crate::tensor::{Data, Tensor, count, strides};

/// Converts `StridedSlice`, `value[begin:end:step, ...]`. The bits of the masks mark entries that are an open end, an
/// ellipsis, a new axis, or a single index.
pub(super) fn strided_slice(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let value = call.input(0);
    let shape = value.shape()?;
    let (begin, end, step) = (call.input(1).integers()?, call.input(2).integers()?, call.input(3).integers()?);
    if begin.len() != end.len() || begin.len() != step.len() || begin.len() > 32 {
        return op_error(format!(
            "expected as many begins as ends and steps, at most 32, got {begin:?}, {end:?}, {step:?}"
        ));
    }
    let is = |mask: &str, at: usize| call.node.int(mask).unwrap_or(0) >> at & 1 == 1;
    let (mut slices, mut outcome) = (Vec::new(), Vec::new());
    for at in 0..begin.len() {
        if is("ellipsis_mask", at) {
            let later = (at + 1..begin.len()).filter(|&later| !is("new_axis_mask", later)).count();
            while slices.len() + later < shape.len() {
                let dim = shape[slices.len()];
                slices.push((0, 1, dim));
                outcome.push(dim);
            }
        } else if is("new_axis_mask", at) {
            outcome.push(1);
        } else {
            let Some(&dim) = shape.get(slices.len()) else {
                return op_error(format!("expected slices of {} axes, got {}", shape.len(), begin.len()));
            };
            if is("shrink_axis_mask", at) {
                slices.push((crate::build::axis(begin[at], dim)?, 1, 1));
                continue;
            }
            let open = |mask: &str, place: i64| if is(mask, at) { None } else { Some(place) };
            let slice = part(dim, open("begin_mask", begin[at]), open("end_mask", end[at]), step[at])?;
            slices.push(slice);
            outcome.push(slice.2);
        }
    }
    for &dim in &shape[slices.len().min(shape.len())..] {
        slices.push((0, 1, dim));
        outcome.push(dim);
    }
    let slice = build.slice(value, &slices)?;
    build.shaped(&slice, outcome)
}

/// Converts `Slice`: a start and a size for each axis; -1 stands for the remaining size.
pub(super) fn slice(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let value = call.input(0);
    let shape = value.shape()?;
    let (begin, size) = (call.input(1).integers()?, call.input(2).integers()?);
    if begin.len() != shape.len() || size.len() != shape.len() {
        return op_error(format!("expected slices of {} axes, got {begin:?} and {size:?}", shape.len()));
    }
    let mut slices = Vec::new();
    for ((&begin, &size), &dim) in begin.iter().zip(&size).zip(&shape) {
        let end = if size == -1 { None } else { Some(begin.saturating_add(size)) };
        let fits = begin >= 0 && (size == -1 || size >= 0) && end.unwrap_or(begin) <= dim as i64;
        if !fits {
            return op_error(format!("expected a slice of {dim} elements, got {size} from {begin}"));
        }
        slices.push(part(dim, Some(begin), end, 1)?);
    }
    build.slice(value, &slices)
}

/// Converts `Pad`, `PadV2` and `MirrorPad`.
pub(super) fn pad(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let pads = pairs(call.input(1))?;
    let mode = match (&*call.node.op, call.node.text("mode")) {
        ("MirrorPad", Some("REFLECT")) => PadMode::Reflect,
        ("MirrorPad", _) => {
            // The border is repeated.
            let row = |index: i64, dim: i64| {
                if index < 0 {
                    -1 - index
                } else if index < dim {
                    index
                } else {
                    2 * dim - 1 - index
                }
            };
            return build.pad_by_rows(call.input(0), &pads, row);
        }
        ("PadV2", _) => PadMode::Constant(call.input(2).float()?),
        _ => PadMode::Constant(0.0),
    };
    build.pad(call.input(0), &pads, mode)
}

/// Returns the rows of a matrix of two columns.
pub(super) fn pairs(value: &Value) -> Result<Vec<[usize; 2]>, OpError> {
    let numbers = value.dims()?;
    let (pairs, rest) = numbers.as_chunks();
    if rest.is_empty() {
        Ok(pairs.to_vec())
    } else {
        op_error(format!("expected pairs, got {} numbers", numbers.len()))
    }
}

/// Converts `SparseToDense`: a constant given by indices, values and a default value.
pub(super) fn sparse(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (places, shape) = (call.input(0).constant()?, call.input(1).dims()?);
    let (values, rest) = (call.input(2).constant()?, call.input(3).constant()?);
    let total = count(&shape)?;
    build.net.charge(total.saturating_add(places.data.len()).saturating_add(values.data.len()))?;
    let rows = places.to_integers();
    let strides = strides(&shape);
    // The index of the value of each element; an index beyond the values means the default value.
    let mut which = vec![values.data.len(); total];
    for (at, row) in rows.chunks(shape.len().max(1)).enumerate() {
        let inside = row.iter().zip(&shape).all(|(&place, &dim)| usize::try_from(place).is_ok_and(|place| place < dim));
        let place: usize =
            row.iter().zip(&strides).map(|(&place, stride)| (place as usize).wrapping_mul(*stride)).sum();
        match which.get_mut(place) {
            Some(slot) if inside => *slot = if values.data.len() == 1 { 0 } else { at.min(values.data.len()) },
            _ => return op_error(format!("expected an index within {shape:?}, got {row:?}")),
        }
    }
    let (values, rest) = match (&values.data, &rest.data) {
        (Data::F32(values), Data::F32(rest)) => {
            return dense(shape, which, values, rest, Data::F32);
        }
        (values, rest) => (values.cast(crate::tensor::ElementType::I64), rest.cast(crate::tensor::ElementType::I64)),
    };
    let (Data::I64(values), Data::I64(rest)) = (values, rest) else { return Err(OpError::Unknown) };
    dense(shape, which, &values, &rest, Data::I64)
}

fn dense<T: Copy + Default>(
    shape: Vec<usize>,
    which: Vec<usize>,
    values: &[T],
    rest: &[T],
    data: impl FnOnce(Vec<T>) -> Data,
) -> BuildResult {
    let rest = rest.first().copied().unwrap_or_default();
    let numbers = which.into_iter().map(|at| values.get(at).copied().unwrap_or(rest)).collect();
    Ok(Value::Constant(Tensor::new(shape, data(numbers))?))
}
