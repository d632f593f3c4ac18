//! Loads a network into the engine, or its weights.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::{Engine, EngineError, OnnxWeights, library};

/// Loads a network without a card from an ONNX file, for inputs of exactly the shape `input` (including the batch of 1)
/// and with the outputs of these names. Allocates and may take seconds.
///
/// # Errors
/// [`EngineError::Load`] if the engine rejects the file, or an output is missing or has no fixed shape, and
/// [`EngineError::WithoutLibrary`] in a build without the feature `added-models`.
pub fn engine_from_onnx(onnx: &[u8], input: &[usize], outputs: &[&str]) -> Result<Arc<dyn Engine>, EngineError> {
    library::load(onnx, input, &[], outputs)
}

/// Loads a network as [`engine_from_onnx`] does, with states of these shapes: the inputs `state_0`, `state_1` and so on, whose
/// next values are the outputs `state_0_next` and so on.
///
/// # Errors
/// As [`engine_from_onnx`], and [`EngineError::Load`] if a state has another shape after a run.
pub fn engine_with_states(
    onnx: &[u8],
    input: &[usize],
    states: &[Vec<usize>],
    outputs: &[&str],
) -> Result<Arc<dyn Engine>, EngineError> {
    library::load(onnx, input, states, outputs)
}

/// Reads the floating-point weights of an ONNX file by name, for engines of other crates. Allocates as many bytes as the file
/// has.
///
/// # Errors
/// [`EngineError::Load`] if the file is no ONNX file.
pub fn weights_from_onnx(onnx: Bytes) -> Result<HashMap<String, OnnxWeights>, EngineError> {
    super::onnx::read_weights(onnx)
}
