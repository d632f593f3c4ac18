//! Conversion of the messages of an ONNX file to a plain [`Graph`].

use std::collections::HashMap;
use std::mem::take;

use super::OnnxWeights;
use super::messages::{ModelProto, NodeProto, TensorProto};
use crate::engine::graph::{Constant, Graph, Node};

/// Element types in the ONNX format.
const FLOAT: i32 = 1;
const FLOAT16: i32 = 10;
const INT64: i32 = 7;
/// Type of an attribute that is a floating-point number.
const FLOAT_ATTRIBUTE: i32 = 1;

/// Returns the graph of a file; unsupported parts are left empty.
pub(super) fn graph(model: ModelProto) -> Graph {
    let Some(graph) = model.graph else { return Graph::default() };
    let constants = graph.initializer.into_iter().map(|mut tensor| (take(&mut tensor.name), constant(tensor)));
    Graph {
        input: graph.input.into_iter().next().map(|input| input.name).unwrap_or_default(),
        nodes: graph.node.iter().map(node).collect(),
        constants: constants.collect(),
    }
}

/// Returns the floating-point weights of a file by name.
pub(super) fn weights(model: ModelProto) -> HashMap<String, OnnxWeights> {
    let tensors = model.graph.map(|graph| graph.initializer).unwrap_or_default();
    tensors.into_iter().filter_map(|mut tensor| Some((take(&mut tensor.name), floats(tensor)?))).collect()
}

/// Returns the values of a floating-point tensor.
fn floats(tensor: TensorProto) -> Option<OnnxWeights> {
    match tensor.data_type {
        FLOAT if tensor.float_data.is_empty() => Some(OnnxWeights::single(tensor.raw_data)),
        FLOAT => Some(OnnxWeights::from(tensor.float_data)),
        FLOAT16 => Some(OnnxWeights::half(tensor.raw_data)),
        _ => None,
    }
}

fn node(node: &NodeProto) -> Node {
    let (floats, others): (Vec<_>, Vec<_>) =
        node.attribute.iter().partition(|attribute| attribute.kind == FLOAT_ATTRIBUTE);
    let attributes = others.into_iter().map(|attribute| {
        let numbers = if attribute.ints.is_empty() { vec![attribute.i] } else { attribute.ints.clone() };
        (attribute.name.clone(), numbers)
    });
    Node {
        op: node.op_type.clone(),
        inputs: node.input.clone(),
        output: node.output.first().cloned().unwrap_or_default(),
        attributes: attributes.collect(),
        float_attributes: floats.into_iter().map(|attribute| (attribute.name.clone(), attribute.f)).collect(),
    }
}

fn constant(tensor: TensorProto) -> Constant {
    let shape = tensor.dims.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
    let integers = match tensor.data_type {
        INT64 if tensor.int64_data.is_empty() => {
            tensor.raw_data.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect()
        }
        INT64 => tensor.int64_data.clone(),
        _ => Vec::new(),
    };
    Constant { shape, floats: floats(tensor).map(OnnxWeights::into_floats).unwrap_or_default(), integers }
}
