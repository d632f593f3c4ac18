//! Detection of networks of convolutions over whole patches.

use std::collections::{HashMap, HashSet};

use super::super::patch_net::{MapSize, PatchNet};
use super::is_axis;
use super::net_layer::{LayerInput, net_layer};
use super::normalization::{normalization, sole_normalization};
use crate::engine::graph::{Graph, Node};

/// Plan of a network over whole patches.
#[derive(Debug, PartialEq)]
pub(crate) struct PatchNetPlan {
    /// Part with native kernels.
    pub(crate) net: PatchNet,
    /// Name of the tensor with the mean of each channel, of the shape `[1, width]`, at which the rest of the graph starts.
    pub(crate) means: String,
    /// Number of channels.
    pub(crate) width: usize,
}

/// Returns the plan of a network over patches `[1, bands, frames, 1]`; none if its graph is not supported.
pub(crate) fn patch_net(graph: &Graph, frames: usize, bands: usize) -> Option<PatchNetPlan> {
    let mut walk = Walk::new(graph, [frames, bands])?;
    for node in &graph.nodes {
        if node.op == "GlobalAveragePool" {
            return walk.finish(node);
        }
        if !walk.done.contains(node.output.as_str()) {
            walk.visit(node)?;
        }
    }
    None
}

/// Walk over the nodes of a graph in order of execution.
struct Walk<'a> {
    graph: &'a Graph,
    net: PatchNet,
    /// Size of each map.
    sizes: Vec<MapSize>,
    /// Values that a layer can take, by name.
    inputs: HashMap<&'a str, LayerInput>,
    /// Outputs of the nodes that are parts of layers.
    done: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    /// Starts with the patch as map 0; none if the input is not reshaped to `[1, 1, bands, frames]`.
    fn new(graph: &'a Graph, size: [usize; 2]) -> Option<Self> {
        let reshape = graph.sole_consumer(&graph.input, "Reshape")?;
        let (mut input_scale, mut input_shift, mut last) = (1.0, 0.0, reshape);
        if let Some((affine, node)) = sole_normalization(graph, &reshape.output, 1) {
            (input_scale, input_shift, last) = (*affine.scale.first()?, *affine.shift.first()?, node);
        }
        let patch = MapSize { size, channels: 1 };
        let walk = Self {
            graph,
            net: PatchNet { size, input_scale, input_shift, layers: Vec::new() },
            sizes: vec![patch],
            inputs: HashMap::from([(last.output.as_str(), LayerInput { sources: vec![0], affine: None })]),
            done: HashSet::from([reshape.output.as_str(), last.output.as_str()]),
        };
        walk.has_shape(reshape, patch).then_some(walk)
    }

    /// Visits a node that is no part of a layer so far; none if it is not supported.
    fn visit(&mut self, node: &'a Node) -> Option<()> {
        let (name, input) = match node.op.as_str() {
            "Conv" => self.add_layer(node)?,
            "Concat" if is_axis(node, 1) => {
                let maps = node.inputs.iter().map(|name| self.maps(name)).collect::<Option<Vec<_>>>()?;
                (&node.output, LayerInput { sources: maps.concat(), affine: None })
            }
            "BatchNormalization" => {
                let sources = self.maps(node.inputs.first()?)?.to_vec();
                let channels = sources.iter().map(|&source| self.sizes[source].channels).sum();
                let affine = normalization(self.graph, node, channels)?;
                (&node.output, LayerInput { sources, affine: Some(affine) })
            }
            "Reshape" => {
                let &[source] = self.maps(node.inputs.first()?)? else { return None };
                let is_same = self.has_shape(node, self.sizes[source]);
                (&node.output, is_same.then_some(LayerInput { sources: vec![source], affine: None })?)
            }
            _ => return None,
        };
        self.inputs.insert(name, input);
        Some(())
    }

    /// Adds the layer of a convolution, and returns the name of its output and the map in it.
    fn add_layer(&mut self, convolution: &'a Node) -> Option<(&'a String, LayerInput)> {
        let input = self.inputs.get(convolution.inputs.first()?.as_str())?.clone();
        let frames = self.sizes[*input.sources.first()?].size[0];
        let (layer, nodes) = net_layer(self.graph, convolution, input, frames)?;
        self.sizes.push(layer.map_size(&self.sizes)?);
        self.net.layers.push(layer);
        self.done.extend(nodes.iter().map(|node| node.output.as_str()));
        Some((&nodes.last()?.output, LayerInput { sources: vec![self.net.layers.len()], affine: None }))
    }

    /// Returns the plan, whose last part is the mean of each channel over the last map.
    fn finish(self, mean: &'a Node) -> Option<PatchNetPlan> {
        let squeeze = self.graph.sole_consumer(&mean.output, "Squeeze")?;
        let is_flat = self.graph.constant(squeeze, 1)?.integers == [2, 3];
        let last = self.net.layers.len();
        if last == 0 || !is_flat || self.maps(mean.inputs.first()?)? != [last] {
            return None;
        }
        Some(PatchNetPlan { means: squeeze.output.clone(), width: self.sizes.last()?.channels, net: self.net })
    }

    /// Returns the maps of a value without a scale and shift.
    fn maps(&self, name: &str) -> Option<&[usize]> {
        self.inputs.get(name).filter(|input| input.affine.is_none()).map(|input| &*input.sources)
    }

    /// Whether a node gives its input the shape of a map, `[1, channels, bands, frames]`.
    fn has_shape(&self, reshape: &Node, map: MapSize) -> bool {
        let shape = [1, map.channels, map.size[1], map.size[0]].map(|side| i64::try_from(side).ok());
        let constant = self.graph.constant(reshape, 1);
        constant.is_some_and(|constant| constant.integers.iter().map(|&side| Some(side)).eq(shape))
    }
}
