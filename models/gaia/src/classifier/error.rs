//! Errors of classifiers.

use thiserror::Error;

use crate::chain::ChainError;
use crate::svm::SvmModelError;

/// Error of building a classifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClassifierError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The support vector machine cannot be read.
    #[error(transparent)]
    Model(#[from] SvmModelError),
    /// The chain contradicts itself, or is no classifier.
    #[error("cannot build a classifier: {item} (expected {expected}, got {got})")]
    Contradiction {
        /// Part of the chain.
        item: String,
        /// Accepted content.
        expected: String,
        /// Content of the chain.
        got: String,
    },
}

/// Error of classifying a track.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClassifyError {
    /// Descriptors are missing, or of another type or length.
    #[error("cannot classify {class_name}: {}", list(.missing, .unexpected))]
    Descriptors {
        /// Class descriptor of the classifier.
        class_name: String,
        /// Names of all descriptors that are absent or null, without a dot in front.
        missing: Vec<String>,
        /// All descriptors of another type or length.
        unexpected: Vec<UnexpectedDescriptor>,
    },
    /// A value is NaN or infinite, or becomes so.
    #[error("cannot classify {class_name}: value {index} of {name} is not finite (got {got})")]
    NotFinite {
        /// Class descriptor of the classifier.
        class_name: String,
        /// Name of the descriptor, without a dot in front.
        name: String,
        /// Index of the value.
        index: usize,
        /// The value.
        got: String,
    },
}

/// Descriptor of another type or length than the classifier needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnexpectedDescriptor {
    /// Name, without a dot in front.
    pub name: String,
    /// Type and number of values that the classifier needs.
    pub expected: String,
    /// Type and number of values of the track.
    pub got: String,
}

/// Lists missing and unexpected descriptors in one sentence.
fn list(missing: &[String], unexpected: &[UnexpectedDescriptor]) -> String {
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing descriptors {}", missing.join(", ")));
    }
    for UnexpectedDescriptor { name, expected, got } in unexpected {
        parts.push(format!("unexpected descriptor {name} (expected {expected}, got {got})"));
    }
    parts.join("; ")
}
