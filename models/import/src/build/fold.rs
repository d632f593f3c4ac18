//! Constant folding: ONNX operations on constants.

use std::sync::Arc;

use crate::ImportError;
use crate::tensor::{Data, ElementType, Tensor, broadcast_indices, count, strides};

use super::{OpError, op_error};

type ConstResult = Result<Arc<Tensor>, OpError>;

/// Returns the function of an elementwise ONNX operation with one input.
pub(crate) fn function(op: &str) -> Option<fn(f32) -> f32> {
    Some(match op {
        "Abs" => f32::abs,
        "Ceil" => f32::ceil,
        "Cos" => f32::cos,
        "Exp" => f32::exp,
        "Floor" => f32::floor,
        "Log" => f32::ln,
        "Neg" => |x| -x,
        "Reciprocal" => |x| 1.0 / x,
        "Relu" => |x| x.max(0.0),
        "Round" => f32::round_ties_even,
        "Sigmoid" => |x| 1.0 / (1.0 + (-x).exp()),
        "Sign" => |x| if x == 0.0 { 0.0 } else { x.signum() },
        "Sin" => f32::sin,
        "Softplus" => |x| x.exp().ln_1p(),
        "Sqrt" => f32::sqrt,
        "Tanh" => f32::tanh,
        _ => return None,
    })
}

pub(crate) fn unary(op: &str, tensor: &Tensor) -> ConstResult {
    let data = match (op, &tensor.data) {
        ("Not", data) => {
            let Data::Bool(values) = data.cast(ElementType::Bool) else { return Err(OpError::Unknown) };
            Data::Bool(values.iter().map(|value| !value).collect())
        }
        ("Neg", Data::I64(values)) => Data::I64(values.iter().map(|value| value.wrapping_neg()).collect()),
        ("Abs", Data::I64(values)) => Data::I64(values.iter().map(|value| value.wrapping_abs()).collect()),
        ("Floor" | "Ceil" | "Round", Data::I64(_)) => tensor.data.clone(),
        (_, data) => {
            let function = function(op).ok_or(OpError::Unknown)?;
            Data::F32(tensor_floats(data).into_iter().map(function).collect())
        }
    };
    Ok(Tensor::new(tensor.shape.clone(), data)?)
}

fn tensor_floats(data: &Data) -> Vec<f32> {
    if let Data::F32(values) = data.cast(ElementType::F32) { values } else { Vec::new() }
}

/// Returns the shape that two shapes broadcast to.
pub(crate) fn broadcast(one: &[usize], other: &[usize]) -> Result<Vec<usize>, OpError> {
    let rank = one.len().max(other.len());
    let dim = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
    let both = (0..rank).map(|axis| match (dim(one, axis), dim(other, axis)) {
        (1, dim) | (dim, 1) => Some(dim),
        (dim, same) => (dim == same).then_some(dim),
    });
    match both.collect() {
        Some(shape) => Ok(shape),
        None => op_error(format!("expected matching shapes, got {one:?} and {other:?}")),
    }
}

pub(crate) fn binary(op: &str, one: &Tensor, other: &Tensor) -> ConstResult {
    let shape = broadcast(&one.shape, &other.shape)?;
    count(&shape)?;
    let left = one.data.pick(broadcast_indices(&one.shape, &shape));
    let right = other.data.pick(broadcast_indices(&other.shape, &shape));
    let data = match (&left, &right) {
        (Data::F32(left), Data::F32(right)) => floats(op, left, right)?,
        (Data::I64(left), Data::I64(right)) => integers(op, left, right)?,
        _ => {
            let (Data::Bool(left), Data::Bool(right)) = (left.cast(ElementType::Bool), right.cast(ElementType::Bool))
            else {
                return Err(OpError::Unknown);
            };
            let function: fn(bool, bool) -> bool = match op {
                "And" => |a, b| a && b,
                "Or" => |a, b| a || b,
                "Equal" => |a, b| a == b,
                "NotEqual" => |a, b| a != b,
                _ => return Err(OpError::Unknown),
            };
            Data::Bool(left.iter().zip(right).map(|(&a, b)| function(a, b)).collect())
        }
    };
    Ok(Tensor::new(shape, data)?)
}

fn comparison<T: PartialOrd>(op: &str) -> Result<fn(&T, &T) -> bool, OpError> {
    Ok(match op {
        "Equal" => |a, b| a == b,
        "NotEqual" => |a, b| a != b,
        "Less" => |a, b| a < b,
        "LessOrEqual" => |a, b| a <= b,
        "Greater" => |a, b| a > b,
        "GreaterOrEqual" => |a, b| a >= b,
        _ => return Err(OpError::Unknown),
    })
}

fn floats(op: &str, left: &[f32], right: &[f32]) -> Result<Data, OpError> {
    let pairs = left.iter().zip(right);
    let function: fn(f32, f32) -> f32 = match op {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" => |a, b| a / b,
        "FloorDiv" => |a, b| (a / b).floor(),
        "Mod" => |a, b| a - b * (a / b).floor(),
        "Pow" => f32::powf,
        "Min" => f32::min,
        "Max" => f32::max,
        _ => {
            let compare = comparison(op)?;
            return Ok(Data::Bool(pairs.map(|(a, b)| compare(a, b)).collect()));
        }
    };
    Ok(Data::F32(pairs.map(|(&a, &b)| function(a, b)).collect()))
}

fn integers(op: &str, left: &[i64], right: &[i64]) -> Result<Data, OpError> {
    let pairs = left.iter().zip(right);
    let function: fn(i64, i64) -> i64 = match op {
        "Add" => i64::wrapping_add,
        "Sub" => i64::wrapping_sub,
        "Mul" => i64::wrapping_mul,
        "Div" => |a, b| a.checked_div(b).unwrap_or(0),
        "FloorDiv" => |a, b| {
            let quotient = a.checked_div(b).unwrap_or(0);
            if b != 0 && a.wrapping_rem(b) != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
        },
        "Mod" => |a, b| if b == 0 { 0 } else { a.wrapping_rem(b).wrapping_add(b).wrapping_rem(b) },
        "Pow" => |a, b| a.wrapping_pow(u32::try_from(b).unwrap_or(0)),
        "Min" => i64::min,
        "Max" => i64::max,
        _ => {
            let compare = comparison(op)?;
            return Ok(Data::Bool(pairs.map(|(a, b)| compare(a, b)).collect()));
        }
    };
    Ok(Data::I64(pairs.map(|(&a, &b)| function(a, b)).collect()))
}

/// Slices a constant: for each axis the first index, the step and the number of elements.
pub(crate) fn strided(tensor: &Tensor, axes: &[(usize, isize, usize)]) -> ConstResult {
    let shape: Vec<_> = axes.iter().map(|axis| axis.2).collect();
    let total = count(&shape)?;
    let (own, new) = (strides(&tensor.shape), strides(&shape));
    let place = |place: usize| -> usize {
        let along = |(axis, &(start, step, dim)): (usize, &(usize, isize, usize))| {
            let index = place / new[axis].max(1) % dim.max(1);
            start.wrapping_add_signed(step.wrapping_mul(index.cast_signed())) * own[axis]
        };
        axes.iter().enumerate().map(along).sum()
    };
    Ok(Tensor::new(shape, tensor.data.pick((0..total).map(place)))?)
}

pub(crate) fn transpose(tensor: &Tensor, permutation: &[usize]) -> ConstResult {
    let shape: Vec<_> = permutation.iter().map(|&axis| tensor.shape[axis]).collect();
    let (own, new, total) = (strides(&tensor.shape), strides(&shape), count(&shape)?);
    let place = |place: usize| -> usize {
        let along = |(axis, &from): (usize, &usize)| place / new[axis].max(1) % shape[axis].max(1) * own[from];
        permutation.iter().enumerate().map(along).sum()
    };
    let data = tensor.data.pick((0..total).map(place));
    Ok(Tensor::new(shape, data)?)
}

pub(crate) fn concat(tensors: &[Arc<Tensor>], axis: usize) -> ConstResult {
    let Some(first) = tensors.first() else { return op_error("expected at least one value to concatenate, got none") };
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for tensor in tensors {
        let fits = tensor.shape.len() == shape.len()
            && tensor.shape.iter().zip(&first.shape).enumerate().all(|(at, (one, other))| at == axis || one == other);
        if !fits {
            return op_error(format!("expected matching shapes, got {:?} and {:?}", first.shape, tensor.shape));
        }
        shape[axis] = shape[axis].saturating_add(tensor.shape[axis]);
    }
    count(&shape)?;
    let (outer, inner): (usize, usize) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
    let element_type = first.data.element_type();
    let parts: Vec<_> = tensors.iter().map(|tensor| tensor.data.cast(element_type)).collect();
    macro_rules! join {
        ($element_type:ident) => {{
            let mut joined = Vec::new();
            for row in 0..outer {
                for (part, tensor) in parts.iter().zip(tensors) {
                    let Data::$element_type(values) = part else { return Err(OpError::Unknown) };
                    let width = tensor.shape[axis] * inner;
                    joined.extend_from_slice(values.get(row * width..(row + 1) * width).unwrap_or(&[]));
                }
            }
            Data::$element_type(joined)
        }};
    }
    let data = match element_type {
        ElementType::F32 => join!(F32),
        ElementType::I64 => join!(I64),
        ElementType::Bool => join!(Bool),
    };
    Ok(Tensor::new(shape, data)?)
}

/// Reduces a constant over `axes`, which keep size 1.
pub(crate) fn reduce(op: &str, tensor: &Tensor, axes: &[usize]) -> ConstResult {
    let dim = |(axis, &dim): (usize, &usize)| if axes.contains(&axis) { 1 } else { dim };
    let shape: Vec<_> = tensor.shape.iter().enumerate().map(dim).collect();
    let total = count(&shape)?;
    let places = broadcast_indices(&shape, &tensor.shape);
    let each = tensor.data.len().checked_div(total).unwrap_or(0);
    let data = match &tensor.data {
        Data::F32(values) => {
            let (start, add): (f32, fn(f32, f32) -> f32) = match op {
                "ReduceSum" | "ReduceMean" => (0.0, |a, b| a + b),
                "ReduceProd" => (1.0, |a, b| a * b),
                "ReduceMax" => (f32::NEG_INFINITY, f32::max),
                "ReduceMin" => (f32::INFINITY, f32::min),
                _ => return Err(OpError::Unknown),
            };
            let mut sums = vec![start; total];
            places.zip(values).for_each(|(place, &value)| sums[place] = add(sums[place], value));
            if op == "ReduceMean" {
                sums.iter_mut().for_each(|sum| *sum /= each as f32);
            }
            Data::F32(sums)
        }
        Data::I64(values) => {
            let (start, add): (i64, fn(i64, i64) -> i64) = match op {
                "ReduceSum" => (0, i64::wrapping_add),
                "ReduceProd" => (1, i64::wrapping_mul),
                "ReduceMax" => (i64::MIN, i64::max),
                "ReduceMin" => (i64::MAX, i64::min),
                _ => return Err(OpError::Unknown),
            };
            let mut sums = vec![start; total];
            places.zip(values).for_each(|(place, &value)| sums[place] = add(sums[place], value));
            Data::I64(sums)
        }
        Data::Bool(_) => return Err(OpError::Unknown),
    };
    Ok(Tensor::new(shape, data)?)
}

/// Returns the sums of all elements up to each, along an axis.
pub(crate) fn cumulative_sum(tensor: &Tensor, axis: usize, exclusive: bool, reverse: bool) -> ConstResult {
    fn sums<T: Copy + Default>(
        values: &[T],
        [dim, inner]: [usize; 2],
        [exclusive, reverse]: [bool; 2],
        add: impl Fn(T, T) -> T,
    ) -> Vec<T> {
        let mut sums = values.to_vec();
        for start in (0..values.len()).step_by((dim * inner).max(1)) {
            for column in 0..inner {
                let mut sum = T::default();
                for at in 0..dim {
                    let row = if reverse { dim - 1 - at } else { at };
                    let place = start + row * inner + column;
                    let next = add(sum, values[place]);
                    sums[place] = if exclusive { sum } else { next };
                    sum = next;
                }
            }
        }
        sums
    }
    let sizes = [tensor.shape[axis], tensor.shape[axis + 1..].iter().product()];
    let data = match &tensor.data {
        Data::F32(values) => Data::F32(sums(values, sizes, [exclusive, reverse], |one, other| one + other)),
        Data::I64(values) => Data::I64(sums(values, sizes, [exclusive, reverse], i64::wrapping_add)),
        Data::Bool(_) => return Err(OpError::Unknown),
    };
    Ok(Tensor::new(tensor.shape.clone(), data)?)
}

pub(crate) fn reshape(tensor: &Tensor, shape: Vec<usize>) -> Result<Arc<Tensor>, ImportError> {
    Tensor::new(shape, tensor.data.clone())
}

/// Returns the numbers from `start` to before `limit`.
pub(crate) fn range(start: &Tensor, limit: &Tensor, step: &Tensor) -> ConstResult {
    if let (Data::I64(start), Data::I64(limit), Data::I64(step)) = (&start.data, &limit.data, &step.data) {
        let (&[start], &[limit], &[step]) = (&**start, &**limit, &**step) else { return Err(OpError::Unknown) };
        let span = i128::from(limit) - i128::from(start);
        if step == 0 {
            return op_error("expected a step other than 0, got 0");
        }
        let steps = span / i128::from(step) + i128::from(span % i128::from(step) != 0);
        let steps = usize::try_from(steps.max(0)).unwrap_or(usize::MAX);
        count(&[steps])?;
        let numbers = (0..steps).map(|index| start.wrapping_add(step.wrapping_mul(index as i64)));
        return Ok(Tensor::integers(numbers.collect()));
    }
    let (&[start], &[limit], &[step]) = (&*start.to_floats(), &*limit.to_floats(), &*step.to_floats()) else {
        return Err(OpError::Unknown);
    };
    let steps = ((limit - start) / step).ceil().max(0.0) as usize;
    count(&[steps])?;
    Ok(Tensor::new(vec![steps], Data::F32((0..steps).map(|index| start + step * index as f32).collect()))?)
}

/// Returns the indices of the elements that are not zero, one row for each element.
pub(crate) fn nonzero(tensor: &Tensor) -> ConstResult {
    let Data::Bool(values) = tensor.data.cast(ElementType::Bool) else { return Err(OpError::Unknown) };
    let strides = strides(&tensor.shape);
    let mut rows = Vec::new();
    let mut found = 0;
    for (place, _) in values.iter().enumerate().filter(|(_, value)| **value) {
        rows.extend(tensor.shape.iter().zip(&strides).map(|(dim, stride)| (place / stride % dim) as i64));
        found += 1;
    }
    Ok(Tensor::new(vec![found, tensor.shape.len()], Data::I64(rows))?)
}
