//! Tonal descriptors.
