//! Versions of the operation sets of an ONNX file.

use crate::protobuf::{FieldValue, ProtobufError};

/// Returns the version of the standard operation set; 0 for other operation sets.
pub(super) fn version_of(wire: FieldValue<'_>) -> Result<i64, ProtobufError> {
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
