//! Variables of a SavedModel: each becomes a constant with the weights of the folder `variables`.
//!
//! The graph contains the nodes that restore the variables, which state the name of each in the index.

use std::collections::HashMap;
use std::sync::Arc;

use super::bundle::Bundle;
use super::tensor::TEXT;
use crate::ImportError;
use crate::files::Folder;
use crate::graph::{Attribute, Graph, TensorRef};

/// Operations that are variables.
pub(crate) const VARIABLES: [&str; 4] = ["VarHandleOp", "VariableV2", "Variable", "VariableV1"];

/// Replaces the variables that values of an input are combined with by constants. Without a folder `variables` the graph
/// stays as it is. Returns the number of bytes that were read.
pub(super) fn load(graph: &mut Graph, folder: &Folder) -> Result<usize, ImportError> {
    let used = used_nodes(graph);
    let is_variable = |at: &usize| used[*at] && VARIABLES.contains(&&*graph.nodes[*at].op);
    let variables: Vec<_> = (0..graph.nodes.len()).filter(is_variable).collect();
    let folder = folder.subfolder("variables");
    if variables.is_empty() || !folder.exists() {
        return Ok(0);
    }
    let keys = keys(graph);
    let mut bundle = Bundle::open(folder)?;
    for at in variables {
        let node = &graph.nodes[at];
        let name = node.text("shared_name").filter(|name| !name.is_empty()).unwrap_or(&node.name);
        let key = keys.get(&at).map_or(name, String::as_str);
        let tensor = bundle.tensor(key, name)?;
        let node = &mut graph.nodes[at];
        node.op = "Const".into();
        node.attributes = Arc::new([("value".to_owned(), Attribute::Tensor(tensor))].into());
    }
    Ok(bundle.bytes_read())
}

/// Returns, for each variable, its name in the index.
fn keys(graph: &Graph) -> HashMap<usize, String> {
    let mut keys = HashMap::new();
    for node in graph.nodes.iter().filter(|node| matches!(&*node.op, "AssignVariableOp" | "Assign")) {
        let [Some(variable), Some(value), ..] = *node.inputs else { continue };
        let (variable, (restore, slot)) = (origin(graph, variable).0, origin(graph, value));
        let restore = &graph.nodes[restore];
        if restore.op != "RestoreV2" {
            continue;
        }
        let names = restore.inputs.get(1).copied().flatten().map(|names| origin(graph, names).0);
        let names = names.and_then(|names| graph.nodes[names].texts("value"));
        if let Some(name) = names.and_then(|names| names.get(slot)) {
            keys.insert(variable, name.clone());
        }
    }
    keys
}

/// Returns the value that a value is a copy of.
fn origin(graph: &Graph, mut value: TensorRef) -> TensorRef {
    // A cycle of copies ends after as many steps.
    for _ in 0..64 {
        let node = &graph.nodes[value.0];
        let input = match &*node.op {
            "Identity" | "IdentityN" => node.inputs.get(value.1).copied().flatten(),
            _ => None,
        };
        let Some(input) = input else { break };
        value = input;
    }
    value
}

/// Returns, for each node, whether it is combined with a value that depends on an input.
fn used_nodes(graph: &Graph) -> Vec<bool> {
    let mut consumers = vec![Vec::new(); graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().flatten().for_each(|link| consumers[link.0].push(at));
    }
    let is_input = |at: &usize| graph.nodes[*at].op == "Placeholder" && graph.nodes[*at].int("dtype") != Some(TEXT);
    let mut waiting: Vec<_> = (0..graph.nodes.len()).filter(is_input).collect();
    let mut depends = vec![false; graph.nodes.len()];
    while let Some(at) = waiting.pop() {
        if !depends[at] {
            depends[at] = true;
            waiting.append(&mut consumers[at]);
        }
    }
    let mut used = vec![false; graph.nodes.len()];
    let mut waiting: Vec<_> = (0..graph.nodes.len()).filter(|&at| depends[at]).collect();
    while let Some(at) = waiting.pop() {
        if !used[at] {
            used[at] = true;
            waiting.extend(graph.nodes[at].inputs.iter().flatten().map(|link| link.0));
        }
    }
    used
}
