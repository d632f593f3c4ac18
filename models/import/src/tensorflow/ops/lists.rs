//! Conversion of TensorFlow's lists of tensors, which loops read and write: `TensorList` and, in older files,
//! `TensorArray`, whose content is the value `flow`.

use std::sync::Arc;

use super::call::Call;
use crate::build::{BuildResult, GraphBuilder, MAX_LIST_LEN, OpError, Value, op_error};
use crate::tensor::{Data, Tensor};

/// Converts a node; `None` if the operation is another one.
pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> Result<Option<Vec<Value>>, OpError> {
    let (first, second, third) = (call.input(0), call.input(1), call.input(2));
    let value = match &*call.node.op {
        "TensorListReserve" => list(vec![Value::Absent; length(second)?]),
        "EmptyTensorList" => list(Vec::new()),
        "TensorListFromTensor" => whole(build, first)?,
        "TensorListGetItem" => item(build, first, second, third)?,
        "TensorListSetItem" => with_item(build, first, second, third)?,
        "TensorListStack" => stack(build, first)?,
        "TensorListLength" => number(count(first)?),
        "TensorListPushBack" => {
            let mut longer = items(build, first)?;
            if longer.len() >= MAX_LIST_LEN {
                return op_error(format!("expected a list of at most {MAX_LIST_LEN} tensors"));
            }
            build.net.charge(longer.len())?;
            longer.push(second.clone());
            list(longer)
        }
        "TensorArrayV3" => {
            let flow = list(vec![Value::Absent; length(first)?]);
            return Ok(Some(vec![Value::Constant(Tensor::float(0.0)), flow]));
        }
        "TensorArrayScatterV3" => scattered(build, call.input(3), second, third)?,
        "TensorArrayReadV3" => item(build, third, second, &Value::Absent)?,
        "TensorArrayWriteV3" => with_item(build, call.input(3), second, third)?,
        "TensorArrayGatherV3" => {
            let places = second.integers()?;
            if is_all(&places, count(third)?) {
                return Ok(Some(vec![stack(build, third)?]));
            }
            let all = items(build, third)?;
            let row = |&place: &i64| usize::try_from(place).ok().and_then(|place| all.get(place)).cloned();
            match places.iter().map(row).collect::<Option<Vec<_>>>() {
                Some(rows) => stack(build, &list(rows))?,
                None => return op_error(format!("expected indices below {}, got {places:?}", all.len())),
            }
        }
        "TensorArraySizeV3" => number(count(second)?),
        _ => return Ok(None),
    };
    Ok(Some(vec![value]))
}

fn list(items: Vec<Value>) -> Value {
    Value::List(Arc::new(items))
}

fn number(number: usize) -> Value {
    Value::Constant(Tensor::scalar(Data::I64(vec![number as i64])))
}

/// Whether these are the indices of all elements in order.
fn is_all(places: &[i64], length: usize) -> bool {
    places.len() == length && places.iter().enumerate().all(|(at, &place)| place == at as i64)
}

/// Returns the rows of a tensor as a list.
fn whole(build: &mut GraphBuilder, value: &Value) -> BuildResult {
    match value.shape()?.first() {
        Some(1..=MAX_LIST_LEN) => Ok(Value::Rows(Arc::new(match value {
            // The rows of a value in the order of its axes are slices.
            Value::Dynamic(view) => Value::Dynamic(build.materialized(view)?),
            value => value.clone(),
        }))),
        count => op_error(format!("expected a tensor of 1 to {MAX_LIST_LEN} rows, got {count:?}")),
    }
}

/// Returns the number of elements of a list.
fn count(value: &Value) -> Result<usize, OpError> {
    match value {
        Value::List(items) => Ok(items.len()),
        Value::Rows(rows) => Ok(rows.shape()?.first().copied().unwrap_or(0)),
        _ => op_error("expected a list of tensors, got another value"),
    }
}

/// Returns the elements of a list.
fn items(build: &mut GraphBuilder, value: &Value) -> Result<Vec<Value>, OpError> {
    build.net.charge(count(value)?)?;
    match value {
        Value::List(items) => Ok(items.to_vec()),
        Value::Rows(rows) => (0..count(value)?).map(|row| build.row(rows, row)).collect(),
        _ => Ok(Vec::new()),
    }
}

/// Writes the rows of a tensor to these elements of a list.
fn scattered(build: &mut GraphBuilder, into: &Value, places: &Value, value: &Value) -> BuildResult {
    let places = places.integers()?;
    let mut all = items(build, into)?;
    if is_all(&places, all.len()) {
        return whole(build, value);
    }
    for (row, place) in places.into_iter().enumerate() {
        let place = grown(&mut all, place)?;
        all[place] = build.row(value, row)?;
    }
    Ok(list(all))
}

/// Returns the index of an element; a dynamic array grows.
fn grown(all: &mut Vec<Value>, place: i64) -> Result<usize, OpError> {
    match usize::try_from(place).ok().filter(|&place| place < MAX_LIST_LEN) {
        Some(place) => {
            all.resize(all.len().max(place + 1), Value::Absent);
            Ok(place)
        }
        None => op_error(format!("expected an index below {MAX_LIST_LEN}, got {place}")),
    }
}

fn length(value: &Value) -> Result<usize, OpError> {
    let length = value.integer()?;
    match usize::try_from(length).ok().filter(|&length| length <= MAX_LIST_LEN) {
        Some(length) => Ok(length),
        None => op_error(format!("expected a list of at most {MAX_LIST_LEN} tensors, got {length}")),
    }
}

fn index(place: &Value, length: usize) -> Result<usize, OpError> {
    let place = place.integer()?;
    match usize::try_from(place).ok().filter(|&place| place < length) {
        Some(place) => Ok(place),
        None => op_error(format!("expected an index below {length}, got {place}")),
    }
}

fn item(build: &mut GraphBuilder, from: &Value, place: &Value, shape: &Value) -> BuildResult {
    let place = index(place, count(from)?)?;
    match from {
        Value::Rows(rows) => build.row(rows, place),
        Value::List(items) => match &items[place] {
            // An element that was not written is 0.
            Value::Absent => match shape.dims() {
                Ok(dims) => build.expand(&Value::Constant(Tensor::float(0.0)), &dims),
                Err(_) => op_error("expected an element that was written before, got none"),
            },
            value => Ok(value.clone()),
        },
        _ => Err(OpError::Unknown),
    }
}

fn with_item(build: &mut GraphBuilder, from: &Value, place: &Value, value: &Value) -> BuildResult {
    let mut all = items(build, from)?;
    let place = grown(&mut all, place.integer()?)?;
    all[place] = value.clone();
    Ok(list(all))
}

fn stack(build: &mut GraphBuilder, value: &Value) -> BuildResult {
    match value {
        Value::Rows(rows) => Ok(Value::clone(rows)),
        Value::List(items) if items.iter().any(|item| matches!(item, Value::Absent)) => {
            op_error("expected a list whose elements were all written, got one that was not")
        }
        Value::List(items) => build.pack(items, 0),
        _ => op_error("expected a list of tensors, got another value"),
    }
}
