//! Loads a network into the engine.

use std::sync::Arc;

use super::{Engine, EngineError, tract};

/// A network without a card: from an ONNX file, for inputs of exactly the shape `input` (the batch of 1 included), giving
/// the outputs of these names. Allocates, and takes its time.
///
/// # Errors
/// [`EngineError::Load`] when the engine refuses the file, or has no such outputs of fixed shapes.
pub fn engine_from_onnx(onnx: &[u8], input: &[usize], outputs: &[&str]) -> Result<Arc<dyn Engine>, EngineError> {
    tract::load(onnx, input, outputs)
}
