#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod automation;
pub mod clips;
pub mod dispatcher;
pub mod event_log;
pub mod events;
pub mod json_lines;
#[cfg(feature = "link")]
pub mod link;
pub mod midi;
pub mod remote;
pub mod rolling_log;
pub mod scenes;
mod source_instants;
pub mod topic;
#[cfg(feature = "web")]
pub mod web;
