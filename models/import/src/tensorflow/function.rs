//! Functions of a graph's library.

use std::collections::HashMap;

use crate::graph::Node;

/// A function of a graph's library.
#[derive(Debug, Default)]
pub(super) struct Function {
    /// Names of what it takes, and which they are.
    pub(super) arguments: HashMap<String, usize>,
    /// Names of what it gives, in order.
    pub(super) results: Vec<String>,
    /// Which value of the body each result is.
    pub(super) returns: HashMap<String, String>,
    pub(super) body: Vec<Node<String>>,
    /// Names of its nodes, and which they are.
    pub(super) node_indices: HashMap<String, usize>,
}
