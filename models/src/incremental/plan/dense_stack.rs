//! Detection of a chain of plain layers: after the pooling, or in a head.

use super::super::dense_stack::{Dense, DenseStack, LayerOp};
use crate::engine::OutputSpec;
use crate::engine::graph::{Graph, Node};

/// Returns the layers from the tensor `from`, of the shape `[1, width]`, to all of `outputs`; none unless every
/// operation is supported.
pub(crate) fn dense_stack(graph: &Graph, from: &str, mut width: usize, outputs: &[&str]) -> Option<DenseStack> {
    let (mut steps, mut value) = (Vec::new(), from);
    let mut found = vec![None; outputs.len()];
    loop {
        if let Some(place) = outputs.iter().position(|output| *output == value) {
            found[place] = Some((OutputSpec { name: value.to_owned(), width }, steps.len()));
        }
        let (named, mut others): (Vec<_>, Vec<_>) = graph.consumers(value).partition(|node| node.op == "Identity");
        for node in named {
            let Some(place) = outputs.iter().position(|output| *output == node.output) else { continue };
            found[place] = Some((OutputSpec { name: node.output.clone(), width }, steps.len()));
        }
        let Some(node) = others.pop() else { break };
        // A fork is not supported, nor a node whose first input is another tensor.
        if !others.is_empty() || node.inputs.first().is_none_or(|input| input != value) {
            return None;
        }
        let step;
        (step, width) = self::step(graph, node, width)?;
        steps.push(step);
        value = &node.output;
    }
    let (output_specs, depths) = found.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
    Some(DenseStack { steps, output_specs, depths })
}

/// Returns the operation of a node on `width` values and the number of its output values.
fn step(graph: &Graph, node: &Node, width: usize) -> Option<(LayerOp, usize)> {
    // One constant per value, without broadcasting over other dimensions.
    let each = || {
        let constant = graph.constant(node, 1)?;
        let (last, others) = constant.shape.split_last()?;
        let plain = *last == width && constant.floats.len() == width && others.len() < 2;
        (plain && others.iter().all(|&side| side == 1)).then(|| constant.floats.clone())
    };
    Some(match node.op.as_str() {
        "Mul" => (LayerOp::Multiply(each()?), width),
        "Add" => (LayerOp::Add(each()?), width),
        "MatMul" => {
            let weights = graph.constant(node, 1)?;
            let [inputs, outputs] = *weights.shape else { return None };
            if inputs != width || weights.floats.len() != inputs * outputs {
                return None;
            }
            (LayerOp::Dense(Dense::new(&weights.floats, inputs, outputs)), outputs)
        }
        "Relu" => (LayerOp::Relu, width),
        "Sigmoid" => (LayerOp::Sigmoid, width),
        // Over the values, not over the batch.
        "Softmax" if matches!(node.attribute("axis"), [] | [-1] | [1]) => (LayerOp::Softmax, width),
        _ => return None,
    })
}
