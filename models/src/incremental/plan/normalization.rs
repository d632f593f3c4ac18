//! Detection of a batch normalization with constant statistics.

use super::super::patch_net::ChannelAffine;
use crate::engine::graph::{Graph, Node};

/// Returns the scale and shift of a batch normalization of `channels` channels; none if `node` is none.
pub(super) fn normalization(graph: &Graph, node: &Node, channels: usize) -> Option<ChannelAffine> {
    let is_plain = node.op == "BatchNormalization"
        && ["spatial", "is_test"].iter().all(|name| node.attribute(name).iter().all(|&value| value == 1))
        && node.attribute("training_mode").iter().all(|&value| value == 0);
    let values = |input| graph.constant(node, input).map(|constant| &*constant.floats);
    let [scale, shift, mean, variance] = [values(1)?, values(2)?, values(3)?, values(4)?];
    if !is_plain || [scale, shift, mean, variance].iter().any(|values| values.len() != channels) {
        return None;
    }
    let epsilon = f64::from(node.float_attribute("epsilon", 1e-5));
    let mut affine = ChannelAffine { scale: Vec::new(), shift: Vec::new() };
    for (((scale, shift), mean), variance) in scale.iter().zip(shift).zip(mean).zip(variance) {
        let factor = f64::from(*scale) / (f64::from(*variance) + epsilon).sqrt();
        affine.scale.push(factor as f32);
        affine.shift.push((f64::from(*shift) - f64::from(*mean) * factor) as f32);
    }
    Some(affine)
}

/// Returns the normalization of the value `name` and its node, if it is the only node that takes the value.
pub(super) fn sole_normalization<'a>(
    graph: &'a Graph,
    name: &'a str,
    channels: usize,
) -> Option<(ChannelAffine, &'a Node)> {
    let node = graph.sole_consumer(name, "BatchNormalization")?;
    Some((normalization(graph, node, channels)?, node))
}
