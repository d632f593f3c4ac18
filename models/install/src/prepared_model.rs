//! Model that is ready to be saved.

use earmark_models::Card;

use crate::Probe;

/// Model that is ready to be saved.
#[derive(Debug, Clone)]
pub struct PreparedModel {
    /// Card of the model.
    pub card: Card,
    /// The network as an ONNX file, or the classifier as a `.history` file.
    pub weights: Vec<u8>,
    /// Result of the test run.
    pub probe: Probe,
    /// The base model, if it is not installed.
    pub waits_for: Option<String>,
}
