//! Inference library, which is part of a build with the feature `added-models`.

#[cfg(feature = "added-models")]
pub(crate) use super::tract::{load, load_from_tensor};

#[cfg(not(feature = "added-models"))]
pub(crate) use self::absent::{load, load_from_tensor};

/// Functions of the library in a build without it.
#[cfg(not(feature = "added-models"))]
mod absent {
    use std::sync::Arc;

    use crate::engine::{Engine, EngineError};

    /// Returns the error of a network that only the library can run.
    pub(crate) fn load(_: &[u8], _: &[usize], _: &[Vec<usize>], _: &[&str]) -> Result<Arc<dyn Engine>, EngineError> {
        Err(EngineError::WithoutLibrary)
    }

    /// Returns the error of a network of which only the library can run a part.
    pub(crate) fn load_from_tensor(_: &[u8], _: &str, _: &[usize], _: &[&str]) -> Result<Arc<dyn Engine>, EngineError> {
        Err(EngineError::WithoutLibrary)
    }
}
