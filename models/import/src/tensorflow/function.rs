//! Functions of the function library of a graph.

use std::collections::HashMap;

use crate::graph::Node;

/// A function of the function library of a graph.
#[derive(Debug, Default)]
pub(super) struct Function {
    /// Indices of the arguments by name.
    pub(super) arguments: HashMap<String, usize>,
    /// Names of the results, in order.
    pub(super) results: Vec<String>,
    /// Values of the body by the name of the result.
    pub(super) returns: HashMap<String, String>,
    pub(super) body: Vec<Node<String>>,
    /// Indices of the nodes of the body by name.
    pub(super) node_indices: HashMap<String, usize>,
}
