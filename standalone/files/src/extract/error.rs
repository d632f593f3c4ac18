//! Errors of profile files.

use thiserror::Error;

/// Error of a profile file.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The file is not YAML.
    #[error("cannot read the profile: {0}")]
    Yaml(String),
    /// A key does not exist.
    #[error("cannot read the profile: unknown key `{key}`{}", .nearest.as_ref().map(|near| format!("; the nearest is `{near}`")).unwrap_or_default())]
    UnknownKey {
        /// Dotted name of the key.
        key: String,
        /// Known key with the nearest name, if any is near.
        nearest: Option<String>,
    },
    /// A value is of another type or out of range.
    #[error("cannot read the profile: bad value of `{key}` (expected {expected}, got {got})")]
    Value {
        /// Dotted name of the key.
        key: String,
        /// Values that are accepted.
        expected: String,
        /// Value that was given.
        got: String,
    },
}
