//! Why a file cannot be imported; every message says what was expected and what came.

use thiserror::Error;

/// An error of the import. None of them leaves anything behind.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImportError {
    /// The file cannot be read; look at the path.
    #[error("`{path}` cannot be read: {why}")]
    Io {
        /// Which file.
        path: String,
        /// The system's words.
        why: String,
    },
    /// It is no model file of a known format.
    #[error("expected a TensorFlow graph, a SavedModel or an ONNX file, got something else")]
    Format,
    /// It begins as one of a known format, and breaks off or contradicts itself.
    #[error("the file is damaged: {0}")]
    Malformed(String),
    /// More than is ever needed: it is refused before it is made.
    #[error("{what}: expected at most {limit}, got {got}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// What was asked for; `usize::MAX` when it cannot even be counted.
        got: usize,
    },
    /// There is no tensor of that name; ask for one that [`Source::has`](crate::Source::has).
    #[error("expected the name of a tensor in the file, got `{0}`")]
    UnknownTensor(String),
    /// The input has another shape than the one asked for.
    #[error("input `{name}`: expected shape {expected}, got {got:?}")]
    Input {
        /// Name of the input.
        name: String,
        /// What the file says, `?` for what it leaves open.
        expected: String,
        /// What was asked for.
        got: Vec<usize>,
    },
    /// The operation is not one that is known here.
    #[error("node `{node}`: expected an operation that is known here, got `{op}`")]
    UnknownOp {
        /// Its name.
        op: String,
        /// Where it is.
        node: String,
    },
    /// The operation is known, but not as it is used.
    #[error("node `{node}` ({op}): {why}")]
    Op {
        /// Its name.
        op: String,
        /// Where it is.
        node: String,
        /// What was expected and what came.
        why: String,
    },
    /// The weights lie outside the file; freeze the model, or store its data inside.
    #[error("`{0}`: expected weights inside the file, got a reference to something outside of it")]
    ExternalData(String),
    /// What is computed depends on itself.
    #[error("node `{0}`: expected a graph without loops, got one")]
    Cycle(String),
}
