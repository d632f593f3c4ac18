//! Detection of a stack of square convolutions.

use super::super::stack::{ConvLayer, ConvStack};
use super::{activation, affine, is_axis, is_plain};
use crate::engine::graph::{Graph, Node};

/// Plan of a stack of convolutions.
#[derive(Debug, PartialEq)]
pub(crate) struct StackPlan {
    /// Part with native kernels.
    pub(crate) stack: ConvStack,
    /// Name of the flattened tensor, of the shape `[1, width]`, at which the rest of the graph starts.
    pub(crate) flat: String,
    /// Number of flattened values.
    pub(crate) width: usize,
}

/// Returns the plan of a network over patches of `frames` x `bands`; none if its graph is not supported.
pub(crate) fn conv_stack(graph: &Graph, frames: usize, bands: usize) -> Option<StackPlan> {
    let unsqueeze = graph.sole_consumer(&graph.input, "Unsqueeze")?;
    if graph.constant(unsqueeze, 1)?.integers != [1] {
        return None;
    }
    let (scale, shift, mut value) = affine(graph, &unsqueeze.output)?;
    let ([input_scale], [input_shift]) = (scale, shift) else { return None };
    let (mut layers, mut channels) = (Vec::new(), 1);
    while let Some(convolution) = graph.sole_consumer(value, "Conv") {
        let layer;
        (layer, value) = self::layer(graph, convolution, channels)?;
        channels = layer.outputs();
        layers.push(layer);
    }
    let channels_last = graph.sole_consumer(value, "Transpose")?;
    let flat = graph.sole_consumer(&channels_last.output, "Flatten")?;
    // One layer has no columns to share.
    if layers.len() < 2 || channels_last.attribute("perm") != [0, 2, 3, 1] || !is_axis(flat, 1) {
        return None;
    }
    let stack = ConvStack { frames, bands, input_scale: *input_scale, input_shift: *input_shift, layers };
    let width = stack.extents()?.last()?.pooled.iter().product::<usize>() * channels;
    Some(StackPlan { stack, flat: flat.output.clone(), width })
}

/// Returns a convolution with its activation and pooling, and the name of its output.
fn layer<'a>(graph: &'a Graph, convolution: &'a Node, channels: usize) -> Option<(ConvLayer, &'a str)> {
    let weights = graph.constant(convolution, 1)?;
    let &[outputs, inputs, taps, height] = &*weights.shape else { return None };
    let &[before, below, after, above] = convolution.attribute("pads") else { return None };
    let (before, after) = (usize::try_from(before).ok()?, usize::try_from(after).ok()?);
    let (below, above) = (usize::try_from(below).ok()?, usize::try_from(above).ok()?);
    let whole = weights.floats.len() == outputs * inputs * taps * height;
    let is_same = before + after + 1 == taps && below + above + 1 == height;
    if !whole || !is_same || !is_plain(convolution) || inputs != channels {
        return None;
    }
    let (activation, output) = activation(graph, convolution, outputs)?;
    let pool = graph.sole_consumer(output, "MaxPool")?;
    let plain = ["pads", "ceil_mode"].iter().all(|name| pool.attribute(name).iter().all(|&value| value == 0))
        && pool.attribute("dilations").iter().all(|&dilation| dilation == 1)
        && pool.attribute("auto_pad").is_empty();
    let sides = |name| {
        let &[frames, bands] = pool.attribute(name) else { return None };
        let sides = [usize::try_from(frames).ok()?, usize::try_from(bands).ok()?];
        (!sides.contains(&0)).then_some(sides)
    };
    let (window, stride) = (sides("kernel_shape")?, sides("strides")?);
    let layer = ConvLayer {
        weights: weights.floats.clone(),
        inputs,
        size: [taps, height],
        before: [before, below],
        activation,
        window,
        stride,
    };
    plain.then_some((layer, pool.output.as_str()))
}
