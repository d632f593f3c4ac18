//! ONNX files as data: the graph and the weights, without an inference library.

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;

mod messages;
mod onnx_weights;
mod read;

use self::messages::ModelProto;
pub use self::onnx_weights::OnnxWeights;
use super::EngineError;
use super::graph::Graph;

/// Reads the graph of an ONNX file.
pub(crate) fn read(onnx: &[u8]) -> Result<Graph, EngineError> {
    Ok(read::graph(ModelProto::decode(onnx).map_err(load_error)?))
}

/// Reads the floating-point weights of an ONNX file by name.
pub(crate) fn read_weights(onnx: Bytes) -> Result<HashMap<String, OnnxWeights>, EngineError> {
    Ok(read::weights(ModelProto::decode(onnx).map_err(load_error)?))
}

fn load_error(error: prost::DecodeError) -> EngineError {
    EngineError::Load(error.to_string())
}
