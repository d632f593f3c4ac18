//! TensorFlow's ways to name parts of tensors.

use super::call::Call;
use crate::build::slice::part;
use crate::build::{Build, Fault, Made, Value, wrong};
use crate::tensor::{Data, Tensor, count, strides};

/// `value[begin:end:step, ...]`, where bits of the masks say which entry is an open end, an ellipsis, a new axis, or a
/// single place.
pub(super) fn strided_slice(build: &mut Build, call: &Call<'_>) -> Made {
    let value = call.input(0);
    let shape = value.shape()?;
    let (begin, end, step) = (call.input(1).integers()?, call.input(2).integers()?, call.input(3).integers()?);
    if begin.len() != end.len() || begin.len() != step.len() || begin.len() > 32 {
        return wrong(format!("expected as many begins as ends and steps, got {begin:?}, {end:?}, {step:?}"));
    }
    let is = |mask: &str, at: usize| call.node.int(mask).unwrap_or(0) >> at & 1 == 1;
    let (mut cuts, mut outcome) = (Vec::new(), Vec::new());
    for at in 0..begin.len() {
        if is("ellipsis_mask", at) {
            let later = (at + 1..begin.len()).filter(|&later| !is("new_axis_mask", later)).count();
            while cuts.len() + later < shape.len() {
                let side = shape[cuts.len()];
                cuts.push((0, 1, side));
                outcome.push(side);
            }
        } else if is("new_axis_mask", at) {
            outcome.push(1);
        } else {
            let Some(&side) = shape.get(cuts.len()) else {
                return wrong(format!("expected parts of {} axes, got {}", shape.len(), begin.len()));
            };
            if is("shrink_axis_mask", at) {
                cuts.push((crate::build::axis(begin[at], side)?, 1, 1));
                continue;
            }
            let open = |mask: &str, place: i64| if is(mask, at) { None } else { Some(place) };
            let cut = part(side, open("begin_mask", begin[at]), open("end_mask", end[at]), step[at])?;
            cuts.push(cut);
            outcome.push(cut.2);
        }
    }
    for &side in &shape[cuts.len().min(shape.len())..] {
        cuts.push((0, 1, side));
        outcome.push(side);
    }
    let cut = build.cut(value, &cuts)?;
    build.shaped(&cut, outcome)
}

/// A beginning and a size for each axis; -1 is all that is left.
pub(super) fn slice(build: &mut Build, call: &Call<'_>) -> Made {
    let value = call.input(0);
    let shape = value.shape()?;
    let (begin, size) = (call.input(1).integers()?, call.input(2).integers()?);
    if begin.len() != shape.len() || size.len() != shape.len() {
        return wrong(format!("expected parts of {} axes, got {begin:?} and {size:?}", shape.len()));
    }
    let mut cuts = Vec::new();
    for ((&begin, &size), &side) in begin.iter().zip(&size).zip(&shape) {
        let end = if size == -1 { None } else { Some(begin.saturating_add(size)) };
        let fits = begin >= 0 && (size == -1 || size >= 0) && end.unwrap_or(begin) <= side as i64;
        if !fits {
            return wrong(format!("expected a part of {side}, got {size} from {begin}"));
        }
        cuts.push(part(side, Some(begin), end, 1)?);
    }
    build.cut(value, &cuts)
}

/// Numbers before and behind each axis.
pub(super) fn pad(build: &mut Build, call: &Call<'_>) -> Made {
    let pads = pairs(call.input(1))?;
    let fill = match &*call.node.op {
        "MirrorPad" if call.node.text("mode") == Some("REFLECT") => None,
        "MirrorPad" => return Err(Fault::Unknown),
        "PadV2" => Some(call.input(2).float()?),
        _ => Some(0.0),
    };
    build.pad(call.input(0), &pads, fill)
}

/// Rows of two.
pub(super) fn pairs(value: &Value) -> Result<Vec<[usize; 2]>, Fault> {
    let numbers = value.sides()?;
    let (pairs, rest) = numbers.as_chunks();
    if rest.is_empty() { Ok(pairs.to_vec()) } else { wrong(format!("expected pairs, got {} numbers", numbers.len())) }
}

/// A tensor that is known by a few of its places.
pub(super) fn sparse(build: &mut Build, call: &Call<'_>) -> Made {
    let (places, shape) = (call.input(0).known()?, call.input(1).sides()?);
    let (values, rest) = (call.input(2).known()?, call.input(3).known()?);
    let total = count(&shape)?;
    build.net.spend(total.saturating_add(places.data.len()).saturating_add(values.data.len()))?;
    let rows = places.to_integers();
    let strides = strides(&shape);
    // Which value each place has; the rest is behind them.
    let mut which = vec![values.data.len(); total];
    for (at, row) in rows.chunks(shape.len().max(1)).enumerate() {
        let inside =
            row.iter().zip(&shape).all(|(&place, &side)| usize::try_from(place).is_ok_and(|place| place < side));
        let place: usize =
            row.iter().zip(&strides).map(|(&place, stride)| (place as usize).wrapping_mul(*stride)).sum();
        match which.get_mut(place) {
            Some(slot) if inside => *slot = if values.data.len() == 1 { 0 } else { at.min(values.data.len()) },
            _ => return wrong(format!("expected a place in {shape:?}, got {row:?}")),
        }
    }
    let (values, rest) = match (&values.data, &rest.data) {
        (Data::F32(values), Data::F32(rest)) => {
            return dense(shape, which, values, rest, Data::F32);
        }
        (values, rest) => (values.cast(crate::tensor::Kind::I64), rest.cast(crate::tensor::Kind::I64)),
    };
    let (Data::I64(values), Data::I64(rest)) = (values, rest) else { return Err(Fault::Unknown) };
    dense(shape, which, &values, &rest, Data::I64)
}

fn dense<T: Copy + Default>(
    shape: Vec<usize>,
    which: Vec<usize>,
    values: &[T],
    rest: &[T],
    data: impl FnOnce(Vec<T>) -> Data,
) -> Made {
    let rest = rest.first().copied().unwrap_or_default();
    let numbers = which.into_iter().map(|at| values.get(at).copied().unwrap_or(rest)).collect();
    Ok(Value::Known(Tensor::new(shape, data(numbers))?))
}
