//! What the integration tests (`all.rs`) and the programs that measure (`src/bin`) have in common.

pub mod arrays;
pub mod cost;
pub mod imported;
pub mod listen;
pub mod machine;
pub mod plots;
pub mod real_time;
pub mod reference;
pub mod registry;
pub mod requirements;
pub mod runner;
pub mod signal;
pub mod subprocess;
