//! Writes the bodies of functions where they are called.

use std::collections::HashMap;
use std::sync::Arc;

use super::function::Function;
use crate::ImportError;
use crate::graph::{Attribute, Node};
use crate::limits::Limits;

/// A function that calls itself gets no deeper.
const MAX_DEPTH: usize = 16;

/// The nodes with every call replaced by its body, and a node of the call's name that hands on its results. A name in a
/// body is that of the call, a slash, and its own.
pub(super) fn inline(
    nodes: Vec<Node<String>>,
    functions: &HashMap<String, Function>,
    limits: &mut Limits,
) -> Result<Vec<Node<String>>, ImportError> {
    let mut waiting: Vec<_> = nodes.into_iter().rev().map(|node| (node, 0)).collect();
    let mut written = Vec::new();
    while let Some((mut node, depth)) = waiting.pop() {
        let Some(function) = called(&node, functions) else {
            written.push(node);
            continue;
        };
        if depth == MAX_DEPTH {
            return Err(ImportError::Cycle(node.name));
        }
        if function.arguments.len() != node.inputs.len() {
            let (expected, got) = (function.arguments.len(), node.inputs.len());
            let why = format!("its function takes {expected} values, got {got}");
            return Err(ImportError::Op { op: node.op, node: node.name, why });
        }
        for inner in &function.body {
            limits.node()?;
            limits.parts(inner.inputs.len())?;
        }
        limits.parts(function.results.len())?;
        let place = InlineSite { call: &node, function, functions };
        let body: Vec<_> = function.body.iter().map(|inner| (place.moved(inner), depth + 1)).collect();
        let result = |result: &String| function.returns.get(result).map(|value| place.value(value));
        let missing = || ImportError::Malformed(format!("a result of the function at `{}` is not there", node.name));
        let results = function.results.iter().map(result).collect::<Option<_>>().ok_or_else(missing)?;
        waiting.extend(body.into_iter().rev());
        (node.op, node.inputs, node.attributes) = ("IdentityN".into(), results, Arc::default());
        written.push(node);
    }
    Ok(written)
}

fn called<'a>(node: &Node<String>, functions: &'a HashMap<String, Function>) -> Option<&'a Function> {
    match (&*node.op, node.attributes.get("f")) {
        ("PartitionedCall" | "StatefulPartitionedCall", Some(Attribute::Function(name))) => functions.get(name),
        (op, _) => functions.get(op),
    }
}

/// Where a body goes.
struct InlineSite<'a> {
    call: &'a Node<String>,
    function: &'a Function,
    functions: &'a HashMap<String, Function>,
}

impl InlineSite<'_> {
    fn moved(&self, inner: &Node<String>) -> Node<String> {
        Node {
            name: format!("{}/{}", self.call.name, inner.name),
            op: inner.op.clone(),
            inputs: inner.inputs.iter().map(|input| self.value(input)).collect(),
            attributes: Arc::clone(&inner.attributes),
        }
    }

    /// What a value of the body is called outside of it. Inside, `node:y:0` is the first of the values that `node` gives
    /// under the name `y`.
    fn value(&self, name: &str) -> String {
        if let Some(&argument) = self.function.arguments.get(name) {
            return self.call.inputs.get(argument).cloned().unwrap_or_default();
        }
        let mut parts = name.split(':');
        let (node, output, index) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
        let op = self.function.node_indices.get(node).and_then(|&place| self.function.body.get(place));
        let first = op.map_or(0, |op| first_slot(op, output, self.functions));
        let slot = first + index.and_then(|index| index.parse().ok()).unwrap_or(0_usize).min(64);
        let inside = format!("{}/{node}", self.call.name);
        if slot == 0 { inside } else { format!("{inside}:{slot}") }
    }
}

/// The number of the first value that a node gives under that name.
fn first_slot(node: &Node<String>, output: &str, functions: &HashMap<String, Function>) -> usize {
    let names: &[&str] = match &*node.op {
        "Switch" | "RefSwitch" => &["output_false", "output_true"],
        "Merge" | "RefMerge" => &["output", "value_index"],
        "TopK" | "TopKV2" => &["values", "indices"],
        _ => match called(node, functions) {
            // A call gives all its values under one name; a function's name as an operation gives each under its own.
            Some(function) if output != "output" => {
                return function.results.iter().position(|result| result == output).unwrap_or(0);
            }
            _ => &[],
        },
    };
    names.iter().position(|name| *name == output).unwrap_or(0)
}
