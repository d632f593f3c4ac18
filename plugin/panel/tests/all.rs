//! Tests of the panel through its public interface, without a window.

mod added;
mod bounds;
mod commands;
mod descriptors;
mod moods;
mod settings;
#[cfg(feature = "pictures")]
mod snapshots;
mod states;
mod support;
