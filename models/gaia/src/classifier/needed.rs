//! Descriptors that a classifier needs.

use crate::name::display_name;
use crate::value_type::ValueType;

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

impl NeededDescriptor {
    /// Returns the name in the layout of the present extractor, without a dot in front.
    #[must_use]
    pub fn extractor_name(&self) -> &str {
        display_name(self.present_name.as_deref().unwrap_or(&self.name))
    }
}
