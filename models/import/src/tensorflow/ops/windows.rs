//! Conversion of TensorFlow's convolutions, poolings and normalizations. Channels are last unless `data_format`
//! differs.

use std::sync::Arc;

use super::call::Call;
use super::strided::pairs;
use crate::build::{BuildResult, GraphBuilder, OpError, Padding, Value, View, Window, fold, op_error};
use crate::tensor::{Data, Tensor};

pub(super) fn make(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let (node, first, second) = (call.node, call.input(0), call.input(1));
    match &*node.op {
        "Conv2D" | "Conv3D" => {
            let kernel = second.constant()?;
            let rank = kernel.shape.len();
            let order: Vec<_> =
                [rank.wrapping_sub(1), rank.wrapping_sub(2)].into_iter().chain(0..rank.saturating_sub(2)).collect();
            let kernel = permuted(build, kernel, &order)?;
            conv(build, call, &kernel, false)
        }
        "DepthwiseConv2dNative" => {
            let kernel = second.constant()?;
            let moved = permuted(build, kernel, &[2, 3, 0, 1])?;
            let &[inputs, times, height, width] = &*moved.shape else { return Err(OpError::Unknown) };
            let kernel = fold::reshape(&moved, vec![inputs * times, 1, height, width])?;
            conv(build, call, &kernel, true)
        }
        "Conv2DBackpropInput" => conv_back(build, call),
        "SpaceToBatchND" => {
            let Value::Dynamic(view) = first else { return Err(OpError::Unknown) };
            let (block, pads) = (second.dims()?, pairs(call.input(2))?);
            if block.len() != pads.len() || block.len() + 2 > view.axes.len() || block.contains(&0) {
                return op_error(format!("expected blocks of {} axes, got {block:?} and {pads:?}", view.axes.len()));
            }
            Ok(Value::Blocks { view: view.clone(), block, pads })
        }
        "BatchToSpaceND" => {
            let Value::Blocks { view, block, .. } = first else { return Err(OpError::Unknown) };
            let (same, crops) = (second.dims()?, pairs(call.input(2))?);
            let shape = view.shape();
            if same != *block || crops.len() != block.len() {
                return op_error(format!("expected the block shape {block:?} of SpaceToBatchND, got {same:?}"));
            }
            let slice = |(axis, &dim): (usize, &usize)| {
                let [before, after] = axis.checked_sub(1).and_then(|axis| crops.get(axis)).copied().unwrap_or_default();
                let left = dim.checked_sub(before)?.checked_sub(after)?;
                Some((before, 1, left))
            };
            match shape.iter().enumerate().map(slice).collect::<Option<Vec<_>>>() {
                Some(slices) => build.slice(&Value::Dynamic(view.clone()), &slices),
                None => op_error(format!("expected crops smaller than {shape:?}, got {crops:?}")),
            }
        }
        "MaxPool" | "AvgPool" | "MaxPool3D" | "AvgPool3D" => {
            let (first_axes, back) = channels(call, first)?;
            let value = build.transpose(first, &first_axes)?;
            let list = |name: &str| spatial(call, node.ints(name).unwrap_or(&[]));
            let kernel = list("ksize")?;
            let window = Window {
                dilations: vec![1; kernel.len()],
                kernel,
                strides: list("strides")?,
                padding: padding(call)?,
                ceil: false,
            };
            let op = if node.op.starts_with("Max") { "MaxPool" } else { "AveragePool" };
            let pooled = build.pool(op, &value, &window, false)?;
            build.transpose(&pooled, &back)
        }
        "BiasAdd" => {
            let bias = second.constant()?;
            let rank = first.shape()?.len();
            if bias.shape.len() != 1 || rank == 0 {
                return op_error(format!("expected a bias for each channel, got shape {:?}", bias.shape));
            }
            build.net.charge(bias.data.len())?;
            let mut shape = vec![bias.shape[0]];
            if !channels_last(call) {
                shape.resize(rank.saturating_sub(1).max(1), 1);
            }
            build.binary("Add", first, &Value::Constant(fold::reshape(bias, shape)?))
        }
        "FusedBatchNorm" | "FusedBatchNormV2" | "FusedBatchNormV3" => {
            if node.int("is_training").unwrap_or(1) != 0 {
                return layer_normalization(build, call);
            }
            let channel = if channels_last(call) { first.shape()?.len().saturating_sub(1) } else { 1 };
            let parts = [second, call.input(2), call.input(3), call.input(4)];
            // TensorFlow's default epsilon is 1e-4.
            build.normalise(first, parts, node.float("epsilon").unwrap_or(1e-4), channel)
        }
        _ => Err(OpError::Unknown),
    }
}

/// Converts a normalization in training mode, by mean and variance of the value itself. Keras writes a layer
/// normalization so, with a scale of 1 and an offset of 0; otherwise a batch normalization was left in training mode.
fn layer_normalization(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let all = |part: &Value, number: f32| {
        part.constant().is_ok_and(|part| part.to_floats().iter().all(|&value| value == number))
    };
    if !all(call.input(1), 1.0) || !all(call.input(2), 0.0) {
        return op_error("expected a normalization in inference mode, got training mode");
    }
    let value = call.input(0);
    let rank = value.shape()?.len();
    let channel = if channels_last(call) { rank.saturating_sub(1) } else { 1 };
    let over: Vec<_> = (0..rank).filter(|&axis| axis != channel).map(|axis| axis as i64).collect();
    build.standardized(value, &over, call.node.float("epsilon").unwrap_or(1e-4))
}

fn permuted(build: &mut GraphBuilder, kernel: &Arc<Tensor>, order: &[usize]) -> Result<Arc<Tensor>, OpError> {
    if kernel.shape.len() != order.len() || order.len() < 3 {
        return op_error(format!("expected a kernel of {} axes, got shape {:?}", order.len(), kernel.shape));
    }
    build.net.charge(kernel.data.len())?;
    let moved = fold::transpose(kernel, order)?;
    if matches!(moved.data, Data::F32(_)) { Ok(moved) } else { Err(OpError::Unknown) }
}

fn channels_last(call: &Call<'_>) -> bool {
    !call.node.text("data_format").is_some_and(|format| format.starts_with("NC"))
}

/// Returns the permutation that puts channels first, and its inverse.
pub(super) fn channels(call: &Call<'_>, value: &Value) -> Result<(Vec<i64>, Vec<i64>), OpError> {
    let rank = match value {
        Value::Blocks { view, .. } => view.axes.len(),
        value => value.shape()?.len(),
    } as i64;
    if rank < 3 {
        return op_error(format!("expected at least 3 axes, got {rank}"));
    }
    if channels_last(call) {
        let first = [0, rank - 1].into_iter().chain(1..rank - 1);
        let back = std::iter::once(0).chain(2..rank).chain([1]);
        return Ok((first.collect(), back.collect()));
    }
    Ok(((0..rank).collect(), (0..rank).collect()))
}

/// Returns the numbers of the spatial axes, of a list with one number for each axis.
fn spatial(call: &Call<'_>, list: &[i64]) -> Result<Vec<usize>, OpError> {
    let places = match list {
        [1, places @ .., 1] if channels_last(call) => places,
        [1, 1, places @ ..] if !channels_last(call) => places,
        _ => return op_error(format!("expected steps of 1 over batch and channels, got {list:?}")),
    };
    match places.iter().map(|&place| usize::try_from(place).ok()).collect() {
        Some(places) => Ok(places),
        None => op_error(format!("expected numbers above 0, got {list:?}")),
    }
}

fn padding(call: &Call<'_>) -> Result<Padding, OpError> {
    match call.node.text("padding") {
        Some("SAME") => Ok(Padding::Same { upper: true }),
        Some("VALID") => Ok(Padding::Valid),
        Some("EXPLICIT") => {
            let list = call.node.ints("explicit_paddings").unwrap_or(&[]);
            let pads: Option<Vec<_>> = list.iter().map(|&pad| usize::try_from(pad).ok()).collect();
            let pads = pads.unwrap_or_default();
            let pairs = pads.as_chunks().0;
            let places = if channels_last(call) { 1..pairs.len().saturating_sub(1) } else { 2..pairs.len() };
            Ok(Padding::Given(pairs.get(places).unwrap_or(&[]).to_vec()))
        }
        other => op_error(format!("expected padding SAME, VALID or EXPLICIT, got {other:?}")),
    }
}

fn conv(build: &mut GraphBuilder, call: &Call<'_>, kernel: &Arc<Tensor>, depthwise: bool) -> BuildResult {
    let (node, value) = (call.node, call.input(0));
    let (first, back) = channels(call, value)?;
    let kernel_dims = kernel.shape[2..].to_vec();
    let mut window = Window {
        strides: spatial(call, node.ints("strides").unwrap_or(&[]))?,
        dilations: match node.ints("dilations") {
            Some(list) if !list.is_empty() => spatial(call, list)?,
            _ => vec![1; kernel_dims.len()],
        },
        kernel: kernel_dims,
        padding: padding(call)?,
        ceil: false,
    };
    let groups = |channels: usize| if depthwise { channels } else { channels / kernel.shape[1].max(1) };
    if let Value::Blocks { view, block, pads } = value {
        // A convolution of the blocks equals a dilated convolution of the whole input.
        let plain = window.strides.iter().chain(&window.dilations).all(|&step| step == 1);
        if window.padding != Padding::Valid || !plain || block.len() != window.kernel.len() {
            return Err(OpError::Unknown);
        }
        (window.dilations, window.padding) = (block.clone(), Padding::Given(pads.clone()));
        let order: Vec<_> = first.iter().map(|&axis| usize::try_from(axis).ok()).collect();
        let view: View = view.order(&order);
        let channels = view.shape()[1];
        let Value::Dynamic(view) = build.conv(&Value::Dynamic(view), kernel, None, &window, groups(channels))? else {
            return Err(OpError::Unknown);
        };
        let back: Vec<_> = back.iter().map(|&axis| usize::try_from(axis).ok()).collect();
        return Ok(Value::Blocks { view: view.order(&back), block: block.clone(), pads: vec![[0, 0]; pads.len()] });
    }
    let value = build.transpose(value, &first)?;
    let channels = value.shape()?[1];
    let made = build.conv(&value, kernel, None, &window, groups(channels))?;
    build.transpose(&made, &back)
}

/// Converts `Conv2DBackpropInput`, a transposed convolution.
fn conv_back(build: &mut GraphBuilder, call: &Call<'_>) -> BuildResult {
    let kernel = permuted(build, call.input(1).constant()?, &[3, 2, 0, 1])?;
    let value = call.input(2);
    let (first, back) = channels(call, value)?;
    let list = call.input(0).integers()?;
    let places = match &*list {
        [_, places @ .., _] if channels_last(call) => places,
        [_, _, places @ ..] => places,
        _ => return op_error(format!("expected the shape of the result, got {list:?}")),
    };
    let outcome: Option<Vec<_>> = places.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let Some(outcome) = outcome else { return op_error(format!("expected the shape of the result, got {list:?}")) };
    let window = Window {
        kernel: kernel.shape[2..].to_vec(),
        strides: spatial(call, call.node.ints("strides").unwrap_or(&[]))?,
        dilations: vec![1; outcome.len()],
        padding: padding(call)?,
        ceil: false,
    };
    let value = build.transpose(value, &first)?;
    let made = build.conv_transpose(&value, &kernel, None, &window, Some(&outcome), 1)?;
    build.transpose(&made, &back)
}
