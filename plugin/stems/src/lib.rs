#![doc = include_str!("../README.md")]

mod backend;
mod delay;
mod editor;
mod engine;
mod entry;
mod lead;
mod link;
mod mixer;
mod mode;
mod overload;
mod params;
mod process;
mod ramp;
mod render_wait;
mod state;
mod status;
#[cfg(test)]
mod stub_separation;
mod transport;
mod vocal_reader;
mod worker;
mod worker_stream;

pub use backend::{DefaultSeparation, MainOutputSeparation, SeparateStream, SeparationFactory, StreamCounters};
pub use editor::StemsWindow;
pub use entry::clap_entry;
pub use link::StreamFormat;
pub use mode::OperatingMode;
pub use overload::Measure;
pub use params::StemsParams;
pub use process::{EarmarkStems, EarmarkStemsVst3, GenericStems};
pub use status::{SeparationState, StreamStatus};
