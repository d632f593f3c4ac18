//! Shared parts of the integration tests (`all.rs`) and of the measuring programs (`src/bin`).
#![doc = ""]
#![doc = include_str!("../README.md")]

pub mod arrays;
pub mod cost;
pub mod drums;
pub mod imported;
pub mod listen;
pub mod load;
pub mod machine;
pub mod plots;
pub mod real_time;
pub mod reference;
pub mod registry;
pub mod requirements;
pub mod runner;
pub mod signal;
pub mod subprocess;
