//! Errors of LIBSVM models.

use thiserror::Error;

/// Error of a LIBSVM model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SvmModelError {
    /// The text is no model.
    #[error("cannot read the LIBSVM model: {0}")]
    Text(String),
    /// The model is of another kind, or too large.
    #[error("cannot use the LIBSVM model: bad {item} (expected {expected}, got {got})")]
    Unsupported {
        /// Part of the model.
        item: &'static str,
        /// Accepted content.
        expected: String,
        /// Content of the model.
        got: String,
    },
}

/// Returns the error of an unsupported part of a model.
pub(super) fn unsupported(item: &'static str, expected: impl Into<String>, got: impl ToString) -> SvmModelError {
    SvmModelError::Unsupported { item, expected: expected.into(), got: got.to_string() }
}
