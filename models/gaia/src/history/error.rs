//! Errors of reading history files.

use thiserror::Error;

/// Error of reading a `.history` file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// The file is larger than the limit.
    #[error("cannot read the history: the file is too large (expected up to {max} bytes, got {got})")]
    TooLarge {
        /// Limit in bytes.
        max: usize,
        /// Size of the file in bytes.
        got: usize,
    },
    /// Bytes that do not fit the format.
    #[error(
        "cannot read the history: bad {item} at byte {offset} (expected {expected}, got {got}){}",
        line_endings_hint(*.line_endings)
    )]
    Malformed {
        /// Position of the item in the file.
        offset: usize,
        /// Name of the item.
        item: &'static str,
        /// Accepted content.
        expected: String,
        /// Content of the file.
        got: String,
        /// Whether the file looks as if its line endings were converted.
        line_endings: bool,
    },
    /// A transformation without a parameter that it needs, or with one of another type.
    #[error("cannot read transformation {index} ({applier}): bad parameter `{key}` (expected {expected}, got {got})")]
    Parameter {
        /// Index of the transformation.
        index: usize,
        /// Applier of the transformation.
        applier: String,
        /// Key of the parameter.
        key: String,
        /// Accepted content.
        expected: String,
        /// Content of the file.
        got: String,
    },
    /// A transformation that this crate does not apply.
    #[error("cannot apply transformation {index}: unsupported applier (expected {expected}, got `{applier}`)")]
    UnsupportedApplier {
        /// Index of the transformation.
        index: usize,
        /// Supported appliers.
        expected: &'static str,
        /// Applier of the transformation.
        applier: String,
    },
    /// A version whose transformations cannot be applied.
    #[error("cannot apply the history: unsupported version (expected 102, got {got})")]
    UnsupportedVersion {
        /// Version of the file.
        got: i32,
    },
}

fn line_endings_hint(converted: bool) -> &'static str {
    if converted {
        ". The file was probably damaged by a conversion of line endings (CR LF to LF); fetch it again as a binary file."
    } else {
        ""
    }
}
