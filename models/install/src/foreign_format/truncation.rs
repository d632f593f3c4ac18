//! Networks that end early, and Core ML models, which are messages, too.

use super::finding::{DOWNLOAD_AGAIN, ForeignFormat};
use crate::message::{FieldContent, MessageError, MessageFields, text};

/// Number of the first field with a network in a Core ML model.
const CORE_ML_TYPES: std::ops::Range<u64> = 200..10_000;

/// Recognizes a network whose last field is longer than the rest of the file.
pub(crate) fn truncated(bytes: &[u8]) -> Option<ForeignFormat> {
    let (mut is_onnx, mut is_graph, mut is_saved_model) = (false, false, false);
    for field in MessageFields(bytes) {
        match field {
            Ok((1, FieldContent::Number(1..=100))) => (is_onnx, is_saved_model) = (true, true),
            Ok((7, FieldContent::Bytes(_))) => is_onnx = true,
            Ok((1, FieldContent::Bytes(node))) => is_graph |= !text(node, 2).is_empty(),
            Ok(_) => {}
            Err(MessageError::Truncated { field, missing }) => {
                let kind = match field {
                    Some(7) | None if is_onnx => "an ONNX file",
                    Some(2) if is_saved_model => "a SavedModel",
                    Some(_) | None if is_graph => "a TensorFlow graph",
                    Some(8) if is_onnx => "an ONNX file",
                    _ => return None,
                };
                let missing = if missing < 1 << 40 { format!("at least {missing} more") } else { "more".to_owned() };
                let what = format!("{kind} that ends early (after {} bytes, of which it needs {missing})", bytes.len());
                return Some(ForeignFormat::new(what, format!("The download did not finish. {DOWNLOAD_AGAIN}")));
            }
            Err(MessageError::Invalid) => return None,
        }
    }
    None
}

/// Recognizes a Core ML model (`.mlmodel`).
pub(crate) fn core_ml(bytes: &[u8]) -> Option<ForeignFormat> {
    let mut has_version = false;
    for field in MessageFields(bytes).flatten() {
        match field {
            (1, FieldContent::Number(_)) => has_version = true,
            (number, FieldContent::Bytes(_)) if has_version && CORE_ML_TYPES.contains(&number) => {
                return Some(ForeignFormat::new(
                    "a Core ML model",
                    "Use the network that it was made from, as .onnx or .pb.",
                ));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_network_reports_the_missing_bytes() {
        let onnx = [&b"\x08\x08\x12\x07earmark\x3a\xc8\x01"[..], &[0; 200]].concat();
        let found = truncated(&onnx[..100]).unwrap();
        assert!(found.what.contains("an ONNX file that ends early (after 100 bytes"), "{found:?}");
        assert!(found.what.contains(&format!("at least {} more", onnx.len() - 100)), "{found:?}");
        let graph = b"\x0a\x10\x0a\x01x\x12\x0bPlaceholder\x0a\x10\x0a\x01";
        assert!(truncated(graph).unwrap().what.contains("a TensorFlow graph that ends early"));
        assert_eq!(truncated(&onnx), None);
        assert_eq!(truncated(b"not a network"), None);
    }
}
