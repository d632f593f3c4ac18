//! An ONNX graph as plain data, for whoever looks for a shape in it.

use std::collections::HashMap;

/// Nodes in an order in which they can be run, and the numbers that they use.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Name of the input.
    pub(crate) input: String,
    /// The nodes.
    pub(crate) nodes: Vec<Node>,
    /// The constants, by name.
    pub(crate) constants: HashMap<String, Constant>,
}

/// One operation. Only its first output is kept: those that have several are of no shape that is looked for.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Name of the operation.
    pub(crate) op: String,
    /// Names of what it takes.
    pub(crate) inputs: Vec<String>,
    /// Name of what it gives.
    pub(crate) output: String,
    /// Its whole-number attributes; one number is a list of one.
    pub(crate) attributes: HashMap<String, Vec<i64>>,
}

/// A constant tensor.
#[derive(Debug, Default)]
pub(crate) struct Constant {
    /// Its shape.
    pub(crate) shape: Vec<usize>,
    /// Its values, if they are f32.
    pub(crate) floats: Vec<f32>,
    /// Its values, if they are i64.
    pub(crate) integers: Vec<i64>,
}

impl Graph {
    /// The nodes that take `name`.
    pub(crate) fn takers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |node| node.inputs.iter().any(|input| input == name))
    }

    /// The only node that takes `name`, if it is one and of that operation.
    pub(crate) fn only_taker<'a>(&'a self, name: &'a str, op: &str) -> Option<&'a Node> {
        let mut takers = self.takers(name);
        let taker = takers.next().filter(|node| node.op == op)?;
        takers.next().is_none().then_some(taker)
    }

    /// The numbers of the `index`-th input of a node, if it is a constant.
    pub(crate) fn constant(&self, node: &Node, index: usize) -> Option<&Constant> {
        self.constants.get(node.inputs.get(index)?)
    }
}

impl Node {
    /// An attribute's numbers; none when it is not given.
    pub(crate) fn attribute(&self, name: &str) -> &[i64] {
        self.attributes.get(name).map_or(&[], Vec::as_slice)
    }
}
