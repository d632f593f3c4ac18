//! Descriptors that a classifier needs.

use super::UnexpectedDescriptor;
use crate::layout::ValueType;

/// Descriptor that a classifier needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededDescriptor {
    /// Canonical name, such as `.lowlevel.mfcc.mean`.
    pub name: String,
    /// Canonical name of a descriptor of equal definition, which is used if a track lacks this one.
    pub present_name: Option<String>,
    /// Type of the values in a track: numbers or text.
    pub value_type: ValueType,
    /// Number of values.
    pub count: usize,
    /// Texts in the order of their numbers; empty for numbers.
    pub enumeration: Vec<String>,
}

/// Lists missing and unexpected descriptors in one sentence.
pub(super) fn list(missing: &[String], unexpected: &[UnexpectedDescriptor]) -> String {
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing descriptors {}", missing.join(", ")));
    }
    for UnexpectedDescriptor { name, expected, got } in unexpected {
        parts.push(format!("unexpected descriptor {name} (expected {expected}, got {got})"));
    }
    parts.join("; ")
}
