//! Conversion of an ONNX file, as tract parses it, to a plain [`Graph`].

use std::collections::HashMap;

use tract_onnx::pb::{ModelProto, NodeProto, TensorProto};
use tract_onnx::prelude::f16;

use super::OnnxWeights;
use crate::engine::graph::{Constant, Graph, Node};

/// Element types in the ONNX format.
const FLOAT: i32 = 1;
const FLOAT16: i32 = 10;
const INT64: i32 = 7;

/// Returns the graph of a file; unsupported parts are left empty.
pub(super) fn graph(model: &ModelProto) -> Graph {
    let Some(graph) = &model.graph else { return Graph::default() };
    let constants = graph.initializer.iter().map(|tensor| (tensor.name.clone(), constant(tensor)));
    Graph {
        input: graph.input.first().map(|input| input.name.clone()).unwrap_or_default(),
        nodes: graph.node.iter().map(node).collect(),
        constants: constants.collect(),
    }
}

/// Returns the floating-point weights of a file by name.
pub(super) fn weights(model: ModelProto) -> HashMap<String, OnnxWeights> {
    let tensors = model.graph.map(|graph| graph.initializer).unwrap_or_default();
    let weights = tensors.into_iter().filter_map(|tensor| {
        let values = match tensor.data_type {
            FLOAT if tensor.float_data.is_empty() => OnnxWeights::single(tensor.raw_data),
            FLOAT => OnnxWeights::from(tensor.float_data),
            FLOAT16 => OnnxWeights::half(tensor.raw_data),
            _ => return None,
        };
        Some((tensor.name, values))
    });
    weights.collect()
}

fn node(node: &NodeProto) -> Node {
    let attributes = node.attribute.iter().map(|attribute| {
        let numbers = if attribute.ints.is_empty() { vec![attribute.i] } else { attribute.ints.clone() };
        (attribute.name.clone(), numbers)
    });
    Node {
        op: node.op_type.clone(),
        inputs: node.input.clone(),
        output: node.output.first().cloned().unwrap_or_default(),
        attributes: attributes.collect(),
    }
}

fn constant(tensor: &TensorProto) -> Constant {
    let (floats, integers) = match tensor.data_type {
        FLOAT if tensor.float_data.is_empty() => (raw(tensor, f32::from_le_bytes), Vec::new()),
        FLOAT => (tensor.float_data.clone(), Vec::new()),
        FLOAT16 => (raw(tensor, |bytes| f16::from_le_bytes(bytes).to_f32()), Vec::new()),
        INT64 if tensor.int64_data.is_empty() => (Vec::new(), raw(tensor, i64::from_le_bytes)),
        INT64 => (Vec::new(), tensor.int64_data.clone()),
        _ => (Vec::new(), Vec::new()),
    };
    let shape = tensor.dims.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
    Constant { shape, floats, integers }
}

fn raw<T, const N: usize>(tensor: &TensorProto, read: impl Fn([u8; N]) -> T) -> Vec<T> {
    tensor.raw_data.as_chunks().0.iter().map(|bytes| read(*bytes)).collect()
}
