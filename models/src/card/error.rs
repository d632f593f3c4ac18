//! Errors of a card that is built; every message states the expected and the actual value.

use thiserror::Error;

/// Error of a [`CardBuilder`](crate::CardBuilder).
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CardError {
    /// The id is empty.
    #[error("cannot create card: empty id (expected at least one character)")]
    NoId,
    /// A size is 0 or too large.
    #[error("cannot use {what} of the card: out of range (expected 1 to {max}, got {got})")]
    Size {
        /// Name of the field.
        what: &'static str,
        /// Greatest accepted size.
        max: usize,
        /// Size in the card.
        got: usize,
    },
    /// The input has another shape than a patch of the front end.
    #[error("cannot use input of the card: wrong shape (expected {expected:?} and axes of 1, got {got:?})")]
    Input {
        /// Frames and bands of a patch, in the layout of the card.
        expected: [usize; 2],
        /// Shape in the card.
        got: Vec<usize>,
    },
    /// The kind of the model requires another number of labels or classes.
    #[error("cannot use {what} of a model of kind `{kind}`: wrong number (expected {expected}, got {got})")]
    Count {
        /// Name of the field.
        what: &'static str,
        /// Name of the kind.
        kind: &'static str,
        /// Accepted numbers.
        expected: &'static str,
        /// Number in the card.
        got: usize,
    },
    /// The scale of a model of values is empty.
    #[error("cannot use scale of the card: empty (expected low below high, got {low} and {high})")]
    Scale {
        /// Lower end of the scale.
        low: f32,
        /// Upper end of the scale.
        high: f32,
    },
    /// No label is that of the positive class.
    #[error("cannot use positive class of the card: unknown label (expected one of the labels, got `{got}`)")]
    PositiveClass {
        /// Requested label.
        got: String,
    },
    /// A model without classes has no embedding.
    #[error("cannot use embedding of the card: missing (expected a width for a model of kind `embedding`, got none)")]
    NoEmbedding,
    /// The rows of the outputs are not usable.
    #[error("cannot use rows of the card: {why}")]
    Rows {
        /// Cause, with the expected and the actual value.
        why: String,
    },
    /// A hash is no SHA-256.
    #[error("cannot use sha256 of the card: wrong form (expected 64 lower-case hexadecimal digits, got `{got}`)")]
    Hash {
        /// Hash in the card.
        got: String,
    },
}
