//! ONNX graph as plain data, for structure detection.

use std::collections::HashMap;

/// Graph: nodes in an order in which they can run, and the constants that they use.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Name of the input.
    pub(crate) input: String,
    /// Nodes in order of execution.
    pub(crate) nodes: Vec<Node>,
    /// Constants by name.
    pub(crate) constants: HashMap<String, Constant>,
}

/// Node of a graph. Only the first output is stored: no detected structure has a node with several outputs.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Name of the operation.
    pub(crate) op: String,
    /// Names of the inputs.
    pub(crate) inputs: Vec<String>,
    /// Name of the first output.
    pub(crate) output: String,
    /// Integer attributes by name; a single number is a list of one.
    pub(crate) attributes: HashMap<String, Vec<i64>>,
    /// Floating-point attributes by name.
    pub(crate) float_attributes: HashMap<String, f32>,
}

/// Constant tensor.
#[derive(Debug, Default)]
pub(crate) struct Constant {
    /// Shape of the tensor.
    pub(crate) shape: Vec<usize>,
    /// Values of an f32 or f16 tensor, otherwise empty.
    pub(crate) floats: Vec<f32>,
    /// Values of an i64 tensor, otherwise empty.
    pub(crate) integers: Vec<i64>,
}

impl Graph {
    /// Iterates over the nodes with the input `name`.
    pub(crate) fn consumers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |node| node.inputs.iter().any(|input| input == name))
    }

    /// Returns the node with the input `name`, if it is the only one and has the operation `op`.
    pub(crate) fn sole_consumer<'a>(&'a self, name: &'a str, op: &str) -> Option<&'a Node> {
        let mut consumers = self.consumers(name);
        let consumer = consumers.next().filter(|node| node.op == op)?;
        consumers.next().is_none().then_some(consumer)
    }

    /// Returns input `index` of a node, if it is a constant.
    pub(crate) fn constant(&self, node: &Node, index: usize) -> Option<&Constant> {
        self.constants.get(node.inputs.get(index)?)
    }
}

impl Node {
    /// Returns the numbers of an attribute; empty if the attribute is absent.
    pub(crate) fn attribute(&self, name: &str) -> &[i64] {
        self.attributes.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns a floating-point attribute; `default` if the attribute is absent.
    pub(crate) fn float_attribute(&self, name: &str, default: f32) -> f32 {
        self.float_attributes.get(name).copied().unwrap_or(default)
    }
}
