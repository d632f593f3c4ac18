#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "live-input")]
pub mod audio_output;
pub mod backend_lock;
pub mod decode;
#[cfg(feature = "live-input")]
pub mod input;
pub mod player;
pub mod recorder;
pub mod sinks;
pub mod worker_thread;
