//! Loops of TensorFlow's first version: `Enter`, `Merge`, `Switch`, `NextIteration` and `Exit` become a `Loop`.
//!
//! The inputs of a `Loop` are its variables (`LoopVariable` nodes, whose input is the initial value), its condition, and
//! the next value of each variable. Its outputs are the last values.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::graph::{Graph, Node, TensorRef};

/// Names of the operations of a loop.
pub(crate) const LOOP: &str = "Loop";
pub(crate) const LOOP_VARIABLE: &str = "LoopVariable";

/// The variables of a loop, each with its next value, and its condition.
#[derive(Default)]
struct Frame {
    variables: Vec<(usize, TensorRef)>,
    condition: Option<usize>,
}

/// Rewrites all loops of a graph.
pub(super) fn rewrite(graph: &mut Graph) {
    let op = |graph: &Graph, at: usize| graph.nodes[at].op.clone();
    let input = |graph: &Graph, at: usize, slot: usize| graph.nodes[at].inputs.get(slot).copied().flatten();
    let mut frames: BTreeMap<String, Frame> = BTreeMap::new();
    let mut frame_of = HashMap::new();
    for at in 0..graph.nodes.len() {
        let (Some(one), Some(other)) = (input(graph, at, 0), input(graph, at, 1)) else { continue };
        let pair = [one.0, other.0].map(|at| op(graph, at));
        if op(graph, at) != "Merge" || pair != ["Enter", "NextIteration"] {
            continue;
        }
        let name = graph.nodes[one.0].text("frame_name").unwrap_or_default().to_owned();
        frame_of.insert(at, name.clone());
        frames.entry(name).or_default().variables.push((at, other));
        graph.nodes[at].op = LOOP_VARIABLE.into();
        graph.nodes[at].inputs.truncate(1);
    }
    if frames.is_empty() {
        return;
    }
    let mut variable_of_switch = HashMap::new();
    for at in 0..graph.nodes.len() {
        let (Some(value), Some(condition)) = (input(graph, at, 0), input(graph, at, 1)) else { continue };
        let Some(frame) = frame_of.get(&value.0).and_then(|name| frames.get_mut(name)) else { continue };
        if op(graph, at) == "Switch" && op(graph, condition.0) == "LoopCond" {
            frame.condition = Some(condition.0);
            variable_of_switch.insert(at, value.0);
            // Both outputs are the variable: the body uses one, the exit the other.
            graph.nodes[at].op = "IdentityN".into();
            graph.nodes[at].inputs = vec![Some(value); 2];
        }
    }
    let mut result_of = HashMap::new();
    for (name, frame) in frames {
        let Some(condition) = frame.condition else { continue };
        let index = graph.nodes.len();
        let variables = frame.variables.iter().map(|&(variable, _)| Some((variable, 0)));
        let next = frame.variables.iter().map(|&(_, next)| Some(next));
        let inputs = variables.chain([Some((condition, 0))]).chain(next).collect();
        frame.variables.iter().enumerate().for_each(|(slot, &(variable, _))| {
            result_of.insert(variable, (index, slot));
        });
        graph.nodes.push(Node { name, op: LOOP.into(), inputs, attributes: Arc::default() });
    }
    for at in 0..graph.nodes.len() {
        match &*op(graph, at) {
            "Exit" => {
                let switch = input(graph, at, 0).map(|switch| switch.0);
                let variable = switch.and_then(|switch| variable_of_switch.get(&switch));
                if let Some(&result) = variable.and_then(|variable| result_of.get(variable)) {
                    graph.nodes[at].inputs = vec![Some(result)];
                }
            }
            "Enter" | "LoopCond" | "NextIteration" => graph.nodes[at].op = "Identity".into(),
            _ => {}
        }
    }
}
