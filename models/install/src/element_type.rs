//! Element type of an input: the importer converts every type to f32, but only features of a floating-point type have the
//! scale of a front end.

use earmark_import::Format;

use crate::InstallError;
use crate::message::{integer, messages, text};

/// Checks that the input of a file has a floating-point type. An input without a type passes.
pub(crate) fn check(bytes: &[u8], format: Format, input: &str) -> Result<(), InstallError> {
    let name = match format {
        Format::Onnx => onnx(bytes, input).and_then(|number| unscaled(number, ONNX)),
        Format::TensorFlow => tensorflow(bytes, input).and_then(|number| unscaled(number, TENSORFLOW)),
        Format::SavedModel => {
            let graph = messages(bytes, 2).next().and_then(|meta_graph| messages(meta_graph, 2).next());
            graph.and_then(|graph| tensorflow(graph, input)).and_then(|number| unscaled(number, TENSORFLOW))
        }
    };
    match name {
        None => Ok(()),
        Some(name) => Err(InstallError::mismatch(
            &format!("the input `{input}`"),
            "elements of type float32",
            format!(
                "{name}. The scale of such values is unknown: use the network before its quantisation, or export it with a float32 input"
            ),
        )),
    }
}

/// Numbers of element types that are not floating-point, and their names.
type TypeNames = &'static [(u64, &'static str)];

const ONNX: TypeNames = &[
    (2, "uint8"),
    (3, "int8"),
    (4, "uint16"),
    (5, "int16"),
    (6, "int32"),
    (7, "int64"),
    (8, "string"),
    (9, "bool"),
    (12, "uint32"),
    (13, "uint64"),
    (14, "complex64"),
    (15, "complex128"),
    (17, "float8"),
    (18, "float8"),
    (19, "float8"),
    (20, "float8"),
    (21, "uint4"),
    (22, "int4"),
];

const TENSORFLOW: TypeNames = &[
    (3, "int32"),
    (4, "uint8"),
    (5, "int16"),
    (6, "int8"),
    (7, "string"),
    (8, "complex64"),
    (9, "int64"),
    (10, "bool"),
    (11, "qint8"),
    (12, "quint8"),
    (13, "qint32"),
    (15, "qint16"),
    (16, "quint16"),
    (17, "uint16"),
    (18, "complex128"),
    (22, "uint32"),
    (23, "uint64"),
];

fn unscaled(number: u64, names: TypeNames) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

fn onnx(bytes: &[u8], input: &str) -> Option<u64> {
    let mut inputs = messages(bytes, 7).flat_map(|graph| messages(graph, 11));
    let info = inputs.find(|info| text(info, 1) == input)?;
    let tensor = messages(messages(info, 2).last()?, 1).last()?;
    integer(tensor, 1)
}

fn tensorflow(graph: &[u8], input: &str) -> Option<u64> {
    let node = messages(graph, 1).find(|node| text(node, 1) == input)?;
    let entry = messages(node, 5).find(|entry| text(entry, 1) == "dtype")?;
    integer(messages(entry, 2).last()?, 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{write_bytes, write_integer};

    /// Wraps a message in fields of these numbers, the innermost last.
    fn nested(fields: &[u64], inner: &[u8]) -> Vec<u8> {
        fields.iter().rev().fold(inner.to_vec(), |inner, &field| {
            let mut outer = Vec::new();
            write_bytes(&mut outer, field, &inner);
            outer
        })
    }

    #[test]
    fn integer_input_is_rejected_with_its_type_in_every_format() {
        let onnx = |number: u64| {
            let (mut kind, mut info) = (Vec::new(), Vec::new());
            write_integer(&mut kind, 1, number);
            write_bytes(&mut info, 1, b"in");
            write_bytes(&mut info, 2, &nested(&[1], &kind));
            nested(&[7, 11], &info)
        };
        let graph = |number: u64| {
            let (mut value, mut entry, mut node) = (Vec::new(), Vec::new(), Vec::new());
            write_integer(&mut value, 6, number);
            write_bytes(&mut entry, 1, b"dtype");
            write_bytes(&mut entry, 2, &value);
            write_bytes(&mut node, 1, b"in");
            write_bytes(&mut node, 5, &entry);
            nested(&[1], &node)
        };
        for (bytes, format, expected) in [
            (onnx(3), Format::Onnx, Some("int8")),
            (onnx(1), Format::Onnx, None),
            (onnx(10), Format::Onnx, None),
            (graph(4), Format::TensorFlow, Some("uint8")),
            (graph(1), Format::TensorFlow, None),
            (nested(&[2, 2], &graph(9)), Format::SavedModel, Some("int64")),
            (Vec::new(), Format::SavedModel, None),
        ] {
            let error = check(&bytes, format, "in").err().map(|error| error.to_string());
            let matches = match (&error, expected) {
                (Some(error), Some(name)) => error.contains(&format!("float32, got {name}")),
                (error, expected) => error.is_none() && expected.is_none(),
            };
            assert!(matches, "{format:?}: expected {expected:?}, got {error:?}");
        }
    }
}
