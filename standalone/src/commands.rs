//! Commands of the program, one module for each.

mod batch;
#[cfg(feature = "batch")]
pub(crate) mod batch_command;
#[cfg(feature = "batch")]
mod batch_progress;
#[cfg(feature = "descriptors")]
pub(crate) mod classify;
pub(crate) mod completions;
#[cfg(feature = "sound")]
pub(crate) mod devices;
pub(crate) mod embed;
mod error_log;
#[cfg(feature = "descriptors")]
pub(crate) mod extract;
mod file_reports;
#[cfg(feature = "sound")]
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod print;
mod progress;
mod run_state;
#[cfg(feature = "separation")]
pub(crate) mod separate;
pub(crate) mod tag;
mod tag_run;
#[cfg(feature = "descriptors")]
pub(crate) mod train;
mod watch;
#[cfg(feature = "write-tags")]
mod write_tags;
