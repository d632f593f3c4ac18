//! Errors of the import.

use thiserror::Error;

/// An error of the import.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("cannot read `{path}`: {why}")]
    Io {
        /// Path of the file.
        path: String,
        /// Message of the operating system.
        why: String,
    },
    /// The format of the file is unknown.
    #[error("cannot read the model file: unknown format (expected a TensorFlow graph, a SavedModel or an ONNX file)")]
    Format,
    /// The file has a known format, but is truncated or inconsistent.
    #[error("cannot read the model file: {0}")]
    Malformed(String),
    /// A limit is exceeded; nothing is allocated.
    #[error("cannot import the model file: too many {what} (expected at most {limit}, got {got})")]
    TooLarge {
        /// The limited quantity.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The required quantity; `usize::MAX` if it exceeds the range.
        got: usize,
    },
    /// The file has no tensor of this name; see [`Source::has`](crate::Source::has).
    #[error("cannot find tensor `{0}` in the model file")]
    UnknownTensor(String),
    /// The input has another shape than the requested one.
    #[error("cannot use input `{name}`: expected shape {expected}, got {got:?}")]
    Input {
        /// Name of the input.
        name: String,
        /// The declared shape, with `?` for an open dimension.
        expected: String,
        /// The requested shape.
        got: Vec<usize>,
    },
    /// The operation is not supported.
    #[error("cannot convert node `{node}`: unsupported operation `{op}`")]
    UnknownOp {
        /// Name of the operation.
        op: String,
        /// Name of the node.
        node: String,
    },
    /// The operation is supported, but its inputs or attributes are not.
    #[error("cannot convert node `{node}` ({op}): {why}")]
    Op {
        /// Name of the operation.
        op: String,
        /// Name of the node.
        node: String,
        /// The expected and the actual value.
        why: String,
    },
    /// The weights are stored in other files, and these are not beside the model file.
    #[error(
        "cannot read the weights of `{0}`: expected data in the model file, got a reference to external data. Keep the \
         folder `variables` of a SavedModel, or the data file of an ONNX file, in the folder of the model; or freeze the \
         model (TensorFlow: convert_variables_to_constants_v2; ONNX: save without external data)"
    )]
    ExternalData(String),
    /// A file beside the model file, which contains weights, cannot be used.
    #[error("cannot read the weights of `{name}` from `{file}`: {why}")]
    ExternalFile {
        /// Name of the constant or variable.
        name: String,
        /// Name of the file, as the model file declares it.
        file: String,
        /// The expected and the actual value.
        why: String,
    },
    /// A constant is stored as a sparse tensor.
    #[error("cannot read constant `{0}`: sparse tensors are not supported (expected a dense tensor)")]
    Sparse(String),
    /// An operation chooses between parts of the network by a value that depends on an input.
    #[error(
        "cannot import the network: inputs {inputs}; `{op}` not supported (expected a constant condition, got one that \
         depends on an input). An input that is constant can be set in a card, in `tensors.constants`"
    )]
    ControlFlow {
        /// Name of the operation.
        op: String,
        /// Names of the inputs of the network.
        inputs: String,
    },
    /// A node depends on its own output.
    #[error("cannot convert node `{0}`: expected a graph without cycles, got one")]
    Cycle(String),
}
