//! Entries of maps in messages.

use crate::protobuf::{FieldValue, ProtobufError};

/// Reads key and value of an entry of a map.
pub(super) fn read_entry(wire: FieldValue<'_>) -> Result<(&str, Result<FieldValue<'_>, ProtobufError>), ProtobufError> {
    let (mut key, mut value) = ("", Err(ProtobufError));
    for field in wire.fields()? {
        match field? {
            (1, text) => key = text.text()?,
            (2, wire) => value = Ok(wire),
            _ => {}
        }
    }
    Ok((key, value))
}
