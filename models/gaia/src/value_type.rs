//! Types of descriptors.

/// Type of the values of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// 32-bit floats.
    Real,
    /// Texts.
    Text,
    /// Texts that were replaced by numbers.
    Enumeration,
}

impl ValueType {
    /// Returns the name of the type, for messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "numbers",
            Self::Text => "text",
            Self::Enumeration => "an enumeration",
        }
    }
}
