//! Low-level descriptors.
