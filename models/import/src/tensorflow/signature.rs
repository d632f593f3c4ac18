//! Signature of a SavedModel: the names of its inputs and outputs.

use super::entry::read_entry;
use crate::protobuf::{FieldValue, ProtobufError};

/// Key of the signature that is used.
const SERVING: &str = "serving_default";

/// Names of the inputs and outputs of a SavedModel; empty if it declares none.
#[derive(Debug, Default)]
pub(crate) struct SavedSignature {
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
}

impl SavedSignature {
    /// Reads an entry of the map of signatures. Only the signature for serving is used.
    pub(super) fn read(&mut self, entry: FieldValue<'_>) -> Result<(), ProtobufError> {
        let (key, signature) = read_entry(entry)?;
        if key != SERVING {
            return Ok(());
        }
        for field in signature?.fields()? {
            match field? {
                (1, entry) => self.inputs.extend(tensor_name(entry)?),
                (2, entry) => self.outputs.extend(tensor_name(entry)?),
                _ => {}
            }
        }
        // The order of a map is not defined.
        self.inputs.sort_unstable();
        self.outputs.sort_unstable();
        Ok(())
    }
}

/// Returns the name of the tensor of an entry; the first output of a node has the name of the node.
fn tensor_name(entry: FieldValue<'_>) -> Result<Option<String>, ProtobufError> {
    for field in read_entry(entry)?.1?.fields()? {
        if let (1, name) = field? {
            let name = name.text()?;
            return Ok(Some(name.strip_suffix(":0").unwrap_or(name).to_owned()));
        }
    }
    Ok(None)
}
