//! Local functions of an ONNX file: operations that the file defines by other operations.

use super::operation_set::version_of;
use crate::protobuf::{FieldValue, ProtobufError};

/// A local function. Its nodes and attributes are decoded at each call.
#[derive(Debug, Default)]
pub(super) struct LocalFunction<'a> {
    /// Domain, name and overload, which a call refers to.
    pub(super) key: [&'a str; 3],
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) nodes: Vec<FieldValue<'a>>,
    /// Attributes with default values.
    pub(super) defaults: Vec<FieldValue<'a>>,
    /// Version of the standard operation set of the nodes; 0 means the version of the file.
    pub(super) version: i64,
}

pub(super) fn read(wire: FieldValue<'_>) -> Result<LocalFunction<'_>, ProtobufError> {
    let mut function = LocalFunction::default();
    for field in wire.fields()? {
        match field? {
            (1, name) => function.key[1] = name.text()?,
            (4, input) => function.inputs.push(input.text()?),
            (5, output) => function.outputs.push(output.text()?),
            (7, node) => function.nodes.push(node),
            (9, set) => function.version = function.version.max(version_of(set)?),
            (10, domain) => function.key[0] = domain.text()?,
            (11, attribute) => function.defaults.push(attribute),
            (13, overload) => function.key[2] = overload.text()?,
            _ => {}
        }
    }
    Ok(function)
}
