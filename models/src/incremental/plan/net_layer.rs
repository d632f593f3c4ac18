//! Detection of a convolution over bands and frames with its activation and pooling.

use super::super::kernel::{Activation, ActivationCurve};
use super::super::patch_net::{ChannelAffine, MapPool, NetLayer, PoolKind};
use super::normalization::sole_normalization;
use crate::engine::graph::{Graph, Node};

/// Input of a layer: maps side by side, and the scale and shift of their channels.
#[derive(Debug, Clone)]
pub(super) struct LayerInput {
    pub(super) sources: Vec<usize>,
    pub(super) affine: Option<ChannelAffine>,
}

/// Returns the layer of a convolution, whose tensors are `[1, channels, bands, frames]`, and the nodes of the layer after
/// the convolution. `frames` is the number of frames of the input. None if the layer is not supported.
pub(super) fn net_layer<'a>(
    graph: &'a Graph,
    convolution: &'a Node,
    input: LayerInput,
    frames: usize,
) -> Option<(NetLayer, Vec<&'a Node>)> {
    let weights = graph.constant(convolution, 1)?;
    let &[outputs, inputs, height, taps] = &*weights.shape else { return None };
    let whole = weights.floats.len() == outputs * inputs * height * taps && !weights.floats.is_empty();
    if !whole || !is_plain(convolution, [height, taps]) {
        return None;
    }
    let &[below, before, above, after] = convolution.attribute("pads") else { return None };
    let dilation = match convolution.attribute("dilations") {
        &[1, frames] => usize::try_from(frames).ok().filter(|&dilation| dilation > 0)?,
        [] => 1,
        _ => return None,
    };
    let before = [usize::try_from(before).ok()?, usize::try_from(below).ok()?];
    let after = [usize::try_from(after).ok()?, usize::try_from(above).ok()?];
    let span = [(taps - 1).checked_mul(dilation)?, height - 1];
    // The output is as long as the input, and no tap meets padding alone.
    let is_same = (0..2).all(|axis| before[axis].checked_add(after[axis]) == Some(span[axis]));
    if !is_same || span[0] >= frames {
        return None;
    }
    let bias = graph.constant(convolution, 2)?.floats.clone();
    let (curve, node) = curve(graph, &convolution.output)?;
    let mut nodes = vec![node];
    let mut activation = Activation { bias, scale: vec![1.0; outputs], shift: vec![0.0; outputs] };
    if activation.bias.len() != outputs {
        return None;
    }
    if let Some((affine, node)) = sole_normalization(graph, &node.output, outputs) {
        (activation.scale, activation.shift) = (affine.scale, affine.shift);
        nodes.push(node);
    }
    let pool = pool(graph, nodes.last().map(|node| node.output.as_str())?, outputs);
    let pool = pool.map(|(pool, pool_nodes)| {
        nodes.extend(pool_nodes);
        pool
    });
    let layer = NetLayer {
        sources: input.sources,
        input: input.affine,
        weights: by_tap(&weights.floats, [height, taps]),
        inputs,
        size: [taps, height],
        dilation,
        before,
        curve,
        activation,
        pool,
    };
    Some((layer, nodes))
}

/// Whether a convolution has no stride, groups or automatic padding, and its kernel the size of its weights.
fn is_plain(convolution: &Node, size: [usize; 2]) -> bool {
    let ones = |name| convolution.attribute(name).iter().all(|&value| value == 1);
    let kernel = convolution.attribute("kernel_shape");
    let is_size = kernel.is_empty() || kernel.iter().map(|&side| usize::try_from(side).ok()).eq(size.map(Some));
    is_size && ones("strides") && ones("group") && convolution.attribute("auto_pad").is_empty()
}

/// Returns the curve that alone takes the value `name`, and its node.
fn curve<'a>(graph: &'a Graph, name: &'a str) -> Option<(ActivationCurve, &'a Node)> {
    if let Some(node) = graph.sole_consumer(name, "Relu") {
        return Some((ActivationCurve::Relu, node));
    }
    let node = graph.sole_consumer(name, "Elu")?;
    let is_plain = node.float_attribute("alpha", 1.0).to_bits() == 1.0_f32.to_bits();
    is_plain.then_some((ActivationCurve::Elu, node))
}

/// Returns the pooling that alone takes the value `name`, with a normalization that alone follows, and their nodes.
fn pool<'a>(graph: &'a Graph, name: &'a str, channels: usize) -> Option<(MapPool, Vec<&'a Node>)> {
    let maximum = graph.sole_consumer(name, "MaxPool").map(|node| (PoolKind::Maximum, node));
    let mean = || graph.sole_consumer(name, "AveragePool").map(|node| (PoolKind::Mean, node));
    let (kind, node) = maximum.or_else(mean)?;
    let is_plain = ["pads", "ceil_mode"].iter().all(|name| node.attribute(name).iter().all(|&value| value == 0))
        && node.attribute("dilations").iter().all(|&dilation| dilation == 1)
        && node.attribute("auto_pad").is_empty();
    let &[bands, frames] = node.attribute("kernel_shape") else { return None };
    let window = [usize::try_from(frames).ok()?, usize::try_from(bands).ok()?];
    if !is_plain || window.contains(&0) || node.attribute("strides") != [bands, frames] {
        return None;
    }
    let (affine, after) = sole_normalization(graph, &node.output, channels).unzip();
    Some((MapPool { kind, window, affine }, std::iter::once(node).chain(after).collect()))
}

/// Returns weights `[output][input][band][tap]` as `[output][input][tap][band]`.
fn by_tap(weights: &[f32], [height, taps]: [usize; 2]) -> Vec<f32> {
    let kernels = weights.chunks_exact(height * taps);
    kernels.flat_map(|kernel| (0..taps).flat_map(|tap| kernel.iter().skip(tap).step_by(taps))).copied().collect()
}
