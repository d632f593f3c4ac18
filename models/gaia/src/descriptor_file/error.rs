//! Errors of descriptor files.

use std::path::PathBuf;

use thiserror::Error;

/// Error of reading a descriptor file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("cannot read descriptors of {}: {cause}", .path.display())]
pub struct DescriptorFileError {
    /// The file.
    pub path: PathBuf,
    /// Cause of the error.
    pub cause: DescriptorTextError,
}

/// Error of parsing descriptors.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DescriptorTextError {
    /// The file cannot be opened or read.
    #[error("{0}")]
    Io(String),
    /// The file is larger than the limit.
    #[error("the file is too large (expected up to {max} bytes, got {got})")]
    TooLarge {
        /// Limit in bytes.
        max: u64,
        /// Size in bytes.
        got: u64,
    },
    /// The file is of a format that is no tree of descriptors.
    #[error("unexpected format (expected JSON or YAML descriptors, got {got})")]
    OtherFormat {
        /// Format of the file.
        got: &'static str,
    },
    /// The file is no UTF-8 text.
    #[error("line {line} is no UTF-8 text")]
    Encoding {
        /// First line that is no text, from 1.
        line: usize,
    },
    /// The text is not well formed.
    #[error("bad {format} in line {line}: {cause}")]
    Syntax {
        /// Format of the text.
        format: &'static str,
        /// Line, from 1; 0 if it is not known.
        line: u64,
        /// Cause of the error.
        cause: String,
    },
    /// A value has a form that descriptors do not have.
    #[error("bad value of `{key}` (expected {expected}, got {got})")]
    Value {
        /// Dotted name.
        key: String,
        /// Accepted form.
        expected: &'static str,
        /// Form of the file.
        got: String,
    },
}
