//! Looks for a chain of plain layers: behind the pooling, or a head's.

use super::super::tail::{Dense, Step, Tail};
use crate::engine::OutputSpec;
use crate::engine::graph::{Graph, Node};

/// Finds layers that lead from `from`, of the shape `[1, width]`, to all of `outputs`; none unless everything on the way is
/// understood.
pub(crate) fn tail(graph: &Graph, from: &str, mut width: usize, outputs: &[&str]) -> Option<Tail> {
    let (mut steps, mut value) = (Vec::new(), from);
    let mut found = vec![None; outputs.len()];
    loop {
        let (named, mut others): (Vec<_>, Vec<_>) = graph.takers(value).partition(|node| node.op == "Identity");
        for node in named {
            let Some(place) = outputs.iter().position(|output| *output == node.output) else { continue };
            found[place] = Some((OutputSpec { name: node.output.clone(), width }, steps.len()));
        }
        let Some(node) = others.pop() else { break };
        // At more than one there is a fork, and a value that is not the first input is no variable.
        if !others.is_empty() || node.inputs.first().is_none_or(|input| input != value) {
            return None;
        }
        let step;
        (step, width) = self::step(graph, node, width)?;
        steps.push(step);
        value = &node.output;
    }
    let (output_specs, depths) = found.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
    Some(Tail { steps, output_specs, depths })
}

/// What a node does with `width` values, and how many it gives.
fn step(graph: &Graph, node: &Node, width: usize) -> Option<(Step, usize)> {
    // One number for each value, which no other dimension repeats.
    let each = || {
        let constant = graph.constant(node, 1)?;
        let (last, others) = constant.shape.split_last()?;
        let plain = *last == width && constant.floats.len() == width && others.len() < 2;
        (plain && others.iter().all(|&side| side == 1)).then(|| constant.floats.clone())
    };
    Some(match node.op.as_str() {
        "Mul" => (Step::Multiply(each()?), width),
        "Add" => (Step::Add(each()?), width),
        "MatMul" => {
            let weights = graph.constant(node, 1)?;
            let [inputs, outputs] = *weights.shape else { return None };
            if inputs != width || weights.floats.len() != inputs * outputs {
                return None;
            }
            (Step::Dense(Dense::new(&weights.floats, inputs, outputs)), outputs)
        }
        "Relu" => (Step::Relu, width),
        "Sigmoid" => (Step::Sigmoid, width),
        // Over the values, not over the batch.
        "Softmax" if matches!(node.attribute("axis"), [] | [-1] | [1]) => (Step::Softmax, width),
        _ => return None,
    })
}
