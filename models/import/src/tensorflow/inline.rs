//! Inlining of functions.

use std::collections::HashMap;
use std::sync::Arc;

use super::function::Function;
use super::loops::{LOOP, LOOP_VARIABLE};
use crate::ImportError;
use crate::graph::{Attribute, MAX_SLOTS, Node};
use crate::limits::Limits;

/// Maximum nesting depth of calls; a deeper call is reported as a cycle.
const MAX_DEPTH: usize = 16;

/// Name of the operation that chooses between two lists of values.
const IF: &str = "If";

/// Replaces every call by the body of its function, followed by an `IdentityN` node of the call's name that forwards
/// the results. A node of a body gets the name `call/node`.
pub(super) fn inline(
    nodes: Vec<Node<String>>,
    functions: &HashMap<String, Function>,
    limits: &mut Limits,
) -> Result<Vec<Node<String>>, ImportError> {
    let mut waiting: Vec<_> = nodes.into_iter().rev().map(|node| (node, 0)).collect();
    let mut written = Vec::new();
    while let Some((mut node, depth)) = waiting.pop() {
        let Some(function) = called(&node, functions) else {
            limits.parts(node.inputs.len())?;
            match lowered(node, functions)? {
                Lowered::Node(node) => written.push(node),
                Lowered::Calls { first, calls, last } => {
                    for _ in first.iter().chain(&calls) {
                        limits.node()?;
                    }
                    written.extend(first);
                    waiting.push((last, depth));
                    waiting.extend(calls.into_iter().rev().map(|call| (call, depth)));
                }
            }
            continue;
        };
        if depth == MAX_DEPTH {
            return Err(ImportError::Cycle(node.name));
        }
        if function.arguments.len() != node.inputs.len() {
            let (expected, got) = (function.arguments.len(), node.inputs.len());
            let why = format!("expected {expected} arguments of the function, got {got}");
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
        let missing = || ImportError::Malformed(format!("missing result of the function called at `{}`", node.name));
        let results = function.results.iter().map(result).collect::<Option<_>>().ok_or_else(missing)?;
        waiting.extend(body.into_iter().rev());
        (node.op, node.inputs, node.attributes) = ("IdentityN".into(), results, Arc::default());
        written.push(node);
    }
    Ok(written)
}

/// A node, or the nodes that replace a loop or a choice between functions.
enum Lowered {
    Node(Node<String>),
    Calls { first: Vec<Node<String>>, calls: Vec<Node<String>>, last: Node<String> },
}

/// Replaces a `While` by its variables, the calls of its functions and a `Loop`, and an `If` by the calls of both
/// functions and an `If` whose inputs are the condition and their results. The new names contain spaces, as no other
/// name does.
fn lowered(mut node: Node<String>, functions: &HashMap<String, Function>) -> Result<Lowered, ImportError> {
    let function = |name: &str| match node.attributes.get(name) {
        Some(Attribute::Function(function)) => functions.get(function).map(|found| (function.clone(), found)),
        _ => None,
    };
    let call = |what: &str, function: String, inputs: &[String]| Node {
        name: format!("{} {what}", node.name),
        op: "PartitionedCall".into(),
        inputs: inputs.to_vec(),
        attributes: Arc::new([("f".to_owned(), Attribute::Function(function))].into()),
    };
    match &*node.op {
        "While" | "StatelessWhile" => {
            let (Some((condition, _)), Some((body, returns))) = (function("cond"), function("body")) else {
                return Ok(Lowered::Node(node));
            };
            if returns.results.len() != node.inputs.len() {
                let (expected, got) = (node.inputs.len(), returns.results.len());
                let why = format!("expected {expected} results of the body, got {got}");
                return Err(ImportError::Op { op: node.op, node: node.name, why });
            }
            let variable = |(at, input): (usize, &String)| Node {
                name: format!("{} variable {at}", node.name),
                op: LOOP_VARIABLE.into(),
                inputs: vec![input.clone()],
                attributes: Arc::default(),
            };
            let first: Vec<_> = node.inputs.iter().enumerate().map(variable).collect();
            let names: Vec<_> = first.iter().map(|variable| variable.name.clone()).collect();
            let calls = vec![call("condition", condition, &names), call("body", body, &names)];
            let next = (0..names.len()).map(|at| format!("{}:{at}", calls[1].name));
            let inputs = names.iter().cloned().chain([calls[0].name.clone()]).chain(next).collect();
            (node.op, node.inputs) = (LOOP.into(), inputs);
            Ok(Lowered::Calls { first, calls, last: node })
        }
        "If" | "StatelessIf" => {
            let (Some((one, then)), Some((other, otherwise))) = (function("then_branch"), function("else_branch"))
            else {
                return Ok(Lowered::Node(node));
            };
            let Some((condition, arguments)) = node.inputs.split_first() else { return Ok(Lowered::Node(node)) };
            if then.results.len() != otherwise.results.len() {
                let (expected, got) = (then.results.len(), otherwise.results.len());
                let why = format!("expected as many results of both branches, got {expected} and {got}");
                return Err(ImportError::Op { op: node.op, node: node.name, why });
            }
            let calls = vec![call("then", one, arguments), call("else", other, arguments)];
            let results = calls.iter().flat_map(|call| (0..then.results.len()).map(|at| format!("{}:{at}", call.name)));
            let inputs = std::iter::once(condition.clone()).chain(results).collect();
            (node.op, node.inputs) = (IF.into(), inputs);
            // The attributes with functions are removed, so that the node is not replaced again.
            node.attributes = Arc::default();
            Ok(Lowered::Calls { first: Vec::new(), calls, last: node })
        }
        _ => Ok(Lowered::Node(node)),
    }
}

fn called<'a>(node: &Node<String>, functions: &'a HashMap<String, Function>) -> Option<&'a Function> {
    match (&*node.op, node.attributes.get("f")) {
        ("PartitionedCall" | "StatefulPartitionedCall", Some(Attribute::Function(name))) => functions.get(name),
        (op, _) => functions.get(op),
    }
}

/// A call site with the function that is inlined there.
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

    /// Returns the outer name of a value of the body. Inside a body, `node:y:0` is the first value of the output `y` of
    /// `node`.
    fn value(&self, name: &str) -> String {
        if let Some(&argument) = self.function.arguments.get(name) {
            return self.call.inputs.get(argument).cloned().unwrap_or_default();
        }
        let mut parts = name.split(':');
        let (node, output, index) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
        let op = self.function.node_indices.get(node).and_then(|&place| self.function.body.get(place));
        let first = op.map_or(0, |op| first_slot(op, output, self.functions));
        let slot = first + index.and_then(|index| index.parse().ok()).unwrap_or(0_usize).min(MAX_SLOTS);
        let inside = format!("{}/{node}", self.call.name);
        if slot == 0 { inside } else { format!("{inside}:{slot}") }
    }
}

/// Returns the index of the first value of a named output of a node.
fn first_slot(node: &Node<String>, output: &str, functions: &HashMap<String, Function>) -> usize {
    let names: &[&str] = match &*node.op {
        "Switch" | "RefSwitch" => &["output_false", "output_true"],
        "Merge" | "RefMerge" => &["output", "value_index"],
        "TopK" | "TopKV2" => &["values", "indices"],
        "FusedBatchNorm" | "FusedBatchNormV2" | "FusedBatchNormV3" => &["y", "batch_mean", "batch_variance"],
        "TensorArrayV3" => &["handle", "flow"],
        "TensorListPopBack" => &["output_handle", "tensor"],
        _ => match called(node, functions) {
            // A call operation has one output name for all results; a node whose operation is a function has one for
            // each.
            Some(function) if output != "output" => {
                return function.results.iter().position(|result| result == output).unwrap_or(0);
            }
            _ => &[],
        },
    };
    names.iter().position(|name| *name == output).unwrap_or(0)
}
