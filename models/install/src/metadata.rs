//! Reading of the metadata file that Essentia publishes with a model: `<model>.json`.
//!
//! Published files contain errors. Fields of an unexpected type count as missing; the caller compares the others with
//! the network.

use serde_json::Value;

use crate::InstallError;

/// Maximum size of a metadata file in bytes.
pub(crate) const MAX_BYTES: u64 = 4 << 20;
/// Maximum number of classes.
const MAX_CLASSES: usize = 10_000;

/// The content of a metadata file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    /// Display name.
    pub name: String,
    /// Type of the task, as written in the file.
    pub task: String,
    /// URL of the model.
    pub link: String,
    /// Description.
    pub description: String,
    /// Citation.
    pub citation: String,
    /// Names of the classes, in the order of the outputs.
    pub classes: Vec<String>,
    /// The inputs.
    pub inputs: Vec<Tensor>,
    /// The outputs.
    pub outputs: Vec<Tensor>,
    /// Sample rate in Hz.
    pub sample_rate_hz: Option<f64>,
    /// Essentia's algorithm that runs the model.
    pub algorithm: String,
    /// The model whose embedding is the input.
    pub embedding_model: Option<String>,
}

/// An input or output in the metadata.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensor {
    /// Name of the tensor.
    pub name: String,
    /// Dimensions, `None` for one that is not a number; the batch may be included or not.
    pub shape: Vec<Option<usize>>,
    /// `predictions`, `embeddings`, or something else.
    pub purpose: String,
}

impl Metadata {
    /// Parses a metadata file.
    ///
    /// # Errors
    /// [`InstallError::Metadata`] if the text is not a JSON object, or too large.
    pub fn from_json(text: &str) -> Result<Self, InstallError> {
        if text.len() as u64 > MAX_BYTES {
            return Err(InstallError::Metadata(format!("expected at most {MAX_BYTES} bytes, got {}", text.len())));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| InstallError::Metadata(error.to_string()))?;
        if !value.is_object() {
            return Err(InstallError::Metadata("expected a JSON object".into()));
        }
        let inference = &value["inference"];
        let classes = list(&value["classes"]).iter().take(MAX_CLASSES + 1).filter_map(Value::as_str);
        let classes: Vec<_> = classes.map(str::to_owned).collect();
        if classes.len() > MAX_CLASSES {
            let got = list(&value["classes"]).len();
            return Err(InstallError::Metadata(format!("classes: expected at most {MAX_CLASSES}, got {got}")));
        }
        let embedding_model = inference["embedding_model"]["model_name"].as_str();
        Ok(Self {
            name: text_of(&value["name"]),
            task: text_of(&value["type"]),
            link: text_of(&value["link"]),
            description: text_of(&value["description"]),
            citation: text_of(&value["citation"]),
            classes,
            inputs: list(&value["schema"]["inputs"]).iter().map(tensor).collect(),
            outputs: list(&value["schema"]["outputs"]).iter().map(tensor).collect(),
            sample_rate_hz: inference["sample_rate"].as_f64(),
            algorithm: text_of(&inference["algorithm"]),
            embedding_model: embedding_model.filter(|name| !name.is_empty()).map(str::to_owned),
        })
    }

    /// Returns the output of this purpose.
    pub(crate) fn output(&self, purpose: &str) -> Option<&Tensor> {
        self.outputs.iter().find(|output| output.purpose == purpose)
    }
}

fn tensor(value: &Value) -> Tensor {
    let dim = |dim: &Value| dim.as_u64().and_then(|dim| usize::try_from(dim).ok());
    Tensor {
        name: text_of(&value["name"]),
        shape: list(&value["shape"]).iter().map(dim).collect(),
        purpose: text_of(&value["output_purpose"]),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_unexpected_type_count_as_missing() {
        let text = r#"{"name": 3, "classes": ["a", 7, "b"], "schema": {"inputs": [{"name": "in", "shape": ["n", 187, 96]}],
            "outputs": {"no": "list"}}, "inference": {"sample_rate": 16000, "embedding_model": {"model_name": ""}}}"#;
        let metadata = Metadata::from_json(text).unwrap();
        assert_eq!((metadata.name.as_str(), metadata.classes.len(), metadata.outputs.len()), ("", 2, 0));
        assert_eq!(metadata.inputs[0].shape, [None, Some(187), Some(96)]);
        assert_eq!((metadata.sample_rate_hz, metadata.embedding_model), (Some(16_000.0), None));
        assert_eq!(Metadata::from_json("{}").unwrap(), Metadata::default());
    }

    #[test]
    fn text_without_json_object_is_rejected() {
        for text in ["", "[]", "{", "7", "\u{0}"] {
            assert!(matches!(Metadata::from_json(text), Err(InstallError::Metadata(_))), "{text}");
        }
        // Nested deeper than the recursion limit of the parser.
        assert!(Metadata::from_json(&"[".repeat(1_000_000)).is_err());
        let many = format!(r#"{{"classes": [{}"x"]}}"#, r#""x","#.repeat(MAX_CLASSES));
        let error = Metadata::from_json(&many).unwrap_err().to_string();
        assert!(error.ends_with("expected at most 10000, got 10001"), "{error}");
    }

    #[test]
    fn mutated_metadata_is_read_or_rejected() {
        let text = r#"{"name": "moods", "type": "multi-class classifier", "link": "https://example.org/moods-1.pb",
            "classes": ["non_sad", "sad"], "schema": {"inputs": [{"name": "model/Placeholder", "shape": ["n", 200]}],
            "outputs": [{"name": "model/Softmax", "shape": [2], "output_purpose": "predictions"}]},
            "inference": {"sample_rate": 16000, "algorithm": "TensorflowPredict2D",
            "embedding_model": {"model_name": "msd-musicnn-1"}}}"#;
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let (mut read, mut refused) = (0, 0);
        for _ in 0..10_000 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes.truncate(at.max(1)),
                    2 => bytes.insert(at, b"{}[]\",:0-e"[random(10)]),
                    _ => drop(bytes.remove(at)),
                }
                if bytes.len() < 2 {
                    break;
                }
            }
            match Metadata::from_json(&String::from_utf8_lossy(&bytes)) {
                Ok(_) => read += 1,
                Err(InstallError::Metadata(_)) => refused += 1,
                Err(error) => panic!("expected an error of the metadata, got {error}"),
            }
        }
        assert!(read > 100 && refused > 1_000, "{read} read, {refused} rejected");
    }
}
