#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod decode;
#[cfg(feature = "live-input")]
pub mod input;
pub mod player;
pub mod recorder;
pub mod sinks;
pub mod worker_thread;
