//! Rhythm descriptors.
