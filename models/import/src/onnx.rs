//! Reading and writing of ONNX files.

mod function;
mod node;
mod operation_set;
pub(crate) mod ops;
mod scope;
mod tensor;
pub(crate) mod write;

use crate::ImportError;
use crate::files::Folder;
use crate::graph::{Graph, malformed};
use crate::limits::Limits;
use crate::protobuf::Fields;

pub(crate) use self::node::ELEMENT_TYPE;
use self::operation_set::version_of;
use self::scope::GraphReader;

/// Reads a file and returns its graph, the version of its operation set, and the names of its outputs. Weights in other
/// files are read from `folder`.
pub(crate) fn read(bytes: &[u8], folder: &mut Folder) -> Result<(Graph, i64, Vec<String>), ImportError> {
    let (mut body, mut version, mut functions) = (None, 0, Vec::new());
    let mut limits = Limits::of(bytes.len());
    for field in Fields(bytes) {
        match field.map_err(malformed("model"))? {
            (7, graph) => body = Some(graph),
            (8, set) => version = version.max(version_of(set).map_err(malformed("version of operations"))?),
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
