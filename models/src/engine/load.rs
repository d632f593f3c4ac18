//! Loads a network into the engine.

use std::sync::Arc;

use super::{Engine, EngineError, tract};

/// Loads a network without a card from an ONNX file, for inputs of exactly the shape `input` (including the batch of 1)
/// and with the outputs of these names. Allocates and may take seconds.
///
/// # Errors
/// [`EngineError::Load`] if the engine rejects the file, or an output is missing or has no fixed shape.
pub fn engine_from_onnx(onnx: &[u8], input: &[usize], outputs: &[&str]) -> Result<Arc<dyn Engine>, EngineError> {
    tract::load(onnx, input, outputs)
}
