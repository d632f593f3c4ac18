//! One integration binary, one module per promise.

// A test that meets an error stops there and shows it, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod architecture;
mod before;
mod bring;
mod command;
mod extremes;
mod host;
mod import;
mod incremental;
mod parity;
mod plumbing;
mod rates;
#[cfg(target_os = "linux")]
mod stage;
mod streaming;
mod threads;
