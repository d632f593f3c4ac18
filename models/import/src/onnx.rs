//! Reading and writing of ONNX files.

mod function;
mod node;
pub(crate) mod ops;
mod scope;
mod tensor;
pub(crate) mod write;

use crate::ImportError;
use crate::files::Folder;
use crate::graph::{Graph, malformed};
use crate::limits::Limits;
use crate::protobuf::{FieldValue, Fields, ProtobufError};

pub(crate) use self::node::ELEMENT_TYPE;
use self::scope::GraphReader;

/// TensorFlow's names of the operations for an input and for a constant.
const INPUT: &str = "Placeholder";
const CONSTANT: &str = "Const";
/// Name of the operation that forwards the results of a call.
const RESULTS: &str = "IdentityN";

/// Reads a file and returns its graph, the version of its operation set, and the names of its outputs. Weights in other
/// files are read from `folder`.
pub(crate) fn read(bytes: &[u8], folder: &mut Folder) -> Result<(Graph, i64, Vec<String>), ImportError> {
    let (mut body, mut version, mut functions) = (None, 0, Vec::new());
    let mut limits = Limits::of(bytes.len());
    for field in Fields(bytes) {
        match field.map_err(malformed("model"))? {
            (7, graph) => body = Some(graph),
            (8, set) => version = version.max(opset(set).map_err(malformed("version of operations"))?),
            (25, wire) => {
                limits.node()?;
                functions.push(function::read(wire).map_err(malformed("local function"))?);
            }
            _ => {}
        }
    }
    let body = body.ok_or(ImportError::Format)?;
    let (graph, outputs) = GraphReader::new(functions, version, limits, folder).read(body)?;
    Ok((graph, version, outputs))
}

/// Returns the version of the standard operation set; 0 for other operation sets.
fn opset(wire: FieldValue<'_>) -> Result<i64, ProtobufError> {
    let (mut standard, mut version) = (true, 0);
    for field in wire.fields()? {
        match field? {
            (1, domain) => standard = matches!(domain.text()?, "" | "ai.onnx"),
            (2, number) => version = number.integer()?,
            _ => {}
        }
    }
    Ok(if standard { version } else { 0 })
}
