//! Detection of networks that can be evaluated incrementally.
//!
//! A graph with any difference is not accepted and runs in the inference library. An unknown structure therefore costs
//! time but never changes results.

mod conv_stack;
mod dense_stack;
mod net_layer;
mod normalization;
mod patch_net;

pub(crate) use self::conv_stack::conv_stack;
pub(crate) use self::dense_stack::dense_stack;
pub(crate) use self::patch_net::patch_net;
use super::kernel::Activation;
use super::trunk::{Branch, Middle, Trunk};
use crate::engine::graph::{Graph, Node};

/// Plan of an incremental evaluation.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    /// Part that is evaluated incrementally.
    pub(crate) trunk: Trunk,
    /// Name of the pooled tensor, of the shape `[1, 2 * channels]`, at which the rest of the graph starts.
    pub(crate) pooled: String,
}

/// Returns the plan of a network over patches of `frames` x `bands`; none if its graph is not supported.
pub(crate) fn plan(graph: &Graph, frames: usize, bands: usize) -> Option<Plan> {
    let unsqueeze = graph.sole_consumer(&graph.input, "Unsqueeze")?;
    if graph.constant(unsqueeze, 1)?.integers != [1] {
        return None;
    }
    let (scale, shift, plane) = affine(graph, &unsqueeze.output)?;
    let ([input_scale], [input_shift]) = (scale, shift) else { return None };

    let mut found = Vec::new();
    for convolution in graph.consumers(plane) {
        found.push(branch(graph, convolution, bands)?);
    }
    let front = graph.sole_consumer(found.first()?.1, "Concat")?;
    // In the order of the front's channels.
    let branches = inputs_in_order(front, found)?;
    if !is_axis(front, 1) || branches.iter().any(|branch| branch.taps >= frames) {
        return None;
    }
    let channels = branches.iter().map(Branch::channels).sum();
    let (middles, pooled) = layers_and_pooling(graph, &front.output, channels)?;
    let trunk = Trunk { frames, bands, input_scale: *input_scale, input_shift: *input_shift, branches, middles };
    Some(Plan { trunk, pooled })
}

/// Returns the layers after the front and the name of the pooled tensor.
fn layers_and_pooling(graph: &Graph, front: &str, mut channels: usize) -> Option<(Vec<Middle>, String)> {
    let (mut middles, mut layers) = (Vec::new(), vec![front]);
    loop {
        let last = *layers.last()?;
        let Some(convolution) = graph.consumers(last).find(|node| node.op == "Conv") else { break };
        let (middle, output) = middle(graph, convolution, channels, middles.is_empty())?;
        let expected = if middle.residual { 3 } else { 2 };
        // The only consumers are the next convolution, the concatenation, and the residual sum if there is one.
        if graph.consumers(last).count() != expected {
            return None;
        }
        channels = middle.outputs();
        middles.push(middle);
        layers.push(output);
    }
    let everything = graph.sole_consumer(layers.last()?, "Concat")?;
    if !is_axis(everything, 1) || everything.inputs != layers {
        return None;
    }
    let mut pools = graph.consumers(&everything.output);
    let (highest, mean) = (pools.next()?, pools.next()?);
    let over_time =
        |pool: &Node, op: &str| pool.op == op && pool.attribute("axes") == [2] && pool.attribute("keepdims") == [0];
    if pools.next().is_some() || !over_time(highest, "ReduceMax") || !over_time(mean, "ReduceMean") {
        return None;
    }
    let pooled = graph.sole_consumer(&highest.output, "Concat")?;
    let in_order = pooled.inputs == [highest.output.as_str(), mean.output.as_str()];
    (is_axis(pooled, 1) && in_order).then(|| (middles, pooled.output.clone()))
}

/// Returns a convolution with its activation and the maximum over frequency, and the name of its output.
fn branch<'a>(graph: &'a Graph, convolution: &'a Node, bands: usize) -> Option<(Branch, &'a str)> {
    let weights = graph.constant(convolution, 1)?;
    let ([channels, 1, taps, height], [before, 0, after, 0]) = (&*weights.shape, convolution.attribute("pads")) else {
        return None;
    };
    let (before, after) = (usize::try_from(*before).ok()?, usize::try_from(*after).ok()?);
    let whole = weights.floats.len() == channels * taps * height;
    if !whole || !is_plain(convolution) || before + after + 1 != *taps || *height > bands || after == 0 {
        return None;
    }
    let (activation, output) = activation(graph, convolution, *channels)?;
    let places = i64::try_from(bands - height + 1).ok()?;
    let highest = graph.sole_consumer(output, "MaxPool")?;
    let whole = highest.attribute("kernel_shape") == [1, places]
        && highest.attribute("pads").iter().all(|&pad| pad == 0)
        && highest.attribute("dilations").iter().all(|&dilation| dilation == 1);
    let squeeze = graph.sole_consumer(&highest.output, "Squeeze")?;
    if !whole || graph.constant(squeeze, 1)?.integers != [3] {
        return None;
    }
    let branch = Branch { weights: weights.floats.clone(), taps: *taps, height: *height, before, activation };
    Some((branch, &squeeze.output))
}

/// Returns a convolution over time with its activation, and the name of its output.
fn middle<'a>(graph: &'a Graph, convolution: &'a Node, channels: usize, is_first: bool) -> Option<(Middle, &'a str)> {
    let weights = graph.constant(convolution, 1)?;
    let ([outputs, inputs, taps], [before, after]) = (&*weights.shape, convolution.attribute("pads")) else {
        return None;
    };
    let (before, after) = (usize::try_from(*before).ok()?, usize::try_from(*after).ok()?);
    let whole = weights.floats.len() == outputs * inputs * taps;
    if !whole || !is_plain(convolution) || *inputs != channels || before + after + 1 != *taps {
        return None;
    }
    let (activation, mut output) = activation(graph, convolution, *outputs)?;
    let input = convolution.inputs.first()?;
    let sum = graph.sole_consumer(output, "Add");
    let residual = sum.filter(|sum| sum.inputs.contains(input));
    if let Some(sum) = residual {
        // The first layer has no single input row to add: the front is stored per branch.
        if is_first || inputs != outputs {
            return None;
        }
        output = &sum.output;
    }
    let (weights, residual) = (weights.floats.clone(), residual.is_some());
    Some((Middle { weights, inputs: *inputs, taps: *taps, before, activation, residual }, output))
}

/// Returns bias, ReLU and batch normalization per channel, and the name of their output.
fn activation<'a>(graph: &'a Graph, convolution: &'a Node, channels: usize) -> Option<(Activation, &'a str)> {
    let bias = graph.constant(convolution, 2)?.floats.clone();
    let relu = graph.sole_consumer(&convolution.output, "Relu")?;
    let (scale, shift, output) = affine(graph, &relu.output)?;
    let activation = Activation { bias, scale: scale.to_vec(), shift: shift.to_vec() };
    let each = [&activation.bias, &activation.scale, &activation.shift].iter().all(|values| values.len() == channels);
    each.then_some((activation, output))
}

/// Returns the constants of a multiplication and an addition along the channel axis, and the name of their output.
fn affine<'a>(graph: &'a Graph, input: &'a str) -> Option<(&'a [f32], &'a [f32], &'a str)> {
    let mul = graph.sole_consumer(input, "Mul")?;
    let add = graph.sole_consumer(&mul.output, "Add")?;
    let along_channels = |node: &Node| {
        let constant = graph.constant(node, 1)?;
        let (batch, sides) = constant.shape.split_first()?;
        let rest = sides.get(1..).unwrap_or(&[]);
        (*batch == 1 && rest.iter().all(|&side| side == 1)).then_some(&*constant.floats)
    };
    Some((along_channels(mul)?, along_channels(add)?, &add.output))
}

/// Whether a convolution has no stride, dilation or groups.
fn is_plain(convolution: &Node) -> bool {
    let ones = |name| convolution.attribute(name).iter().all(|&value| value == 1);
    convolution.op == "Conv" && ones("strides") && ones("dilations") && ones("group")
}

fn is_axis(node: &Node, axis: i64) -> bool {
    node.attribute("axis") == [axis]
}

/// Returns `found` in the order of the inputs of `node`; none unless these are exactly its inputs.
fn inputs_in_order(node: &Node, mut found: Vec<(Branch, &str)>) -> Option<Vec<Branch>> {
    let mut branches = Vec::new();
    for input in &node.inputs {
        let place = found.iter().position(|(_, name)| name == input)?;
        branches.push(found.swap_remove(place).0);
    }
    found.is_empty().then_some(branches)
}
