//! Errors of transformations.

use thiserror::Error;

use crate::name::display_name;
use crate::value_type::ValueType;

/// Error of fitting or applying a transformation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TransformError {
    /// Descriptors are absent or null.
    #[error("cannot transform the descriptors: missing {}", .names.iter().map(|name| display_name(name)).collect::<Vec<_>>().join(", "))]
    Missing {
        /// Canonical names.
        names: Vec<String>,
    },
    /// A descriptor has another type or number of values.
    #[error("cannot transform `{}`: unexpected values (expected {expected}, got {got})", display_name(.name))]
    Unexpected {
        /// Canonical name.
        name: String,
        /// Accepted type and number of values.
        expected: String,
        /// Type and number of values of the descriptor.
        got: String,
    },
    /// A value is NaN or infinite.
    #[error("cannot transform `{}`: value {index} is not finite (got {got})", display_name(.name))]
    NotFinite {
        /// Canonical name.
        name: String,
        /// Index of the value.
        index: usize,
        /// The value.
        got: String,
    },
    /// There are too few points for a fit.
    #[error("cannot fit {transform}: too few points (expected at least {expected}, got {got})")]
    TooFewPoints {
        /// Name of the analyzer.
        transform: &'static str,
        /// Smallest number of points.
        expected: usize,
        /// Number of points.
        got: usize,
    },
    /// A new descriptor exists.
    #[error("cannot add `{}`: the descriptor exists", display_name(.name))]
    Exists {
        /// Canonical name.
        name: String,
    },
    /// An option is out of range or contradicts another.
    #[error("cannot fit {transform}: bad option (expected {expected}, got {got})")]
    Option {
        /// Name of the analyzer.
        transform: &'static str,
        /// Accepted values.
        expected: &'static str,
        /// Value of the option.
        got: String,
    },
}

/// Returns type and number of values, for messages.
pub(crate) fn describe(value_type: ValueType, count: usize) -> String {
    format!("{} of length {count}", value_type.name())
}
