#![doc = include_str!("../README.md")]

mod editor;
mod entry;
mod midi;
mod params;
mod process;
pub mod state;
mod transport;

pub use editor::{EditorWindow, HostSettings, host_controls};
pub use entry::clap_entry;
pub use params::{EarmarkParams, TagModel, TempoModel};
pub use process::{DefaultFactory, EarmarkPlugin, GenericPlugin, InstanceFactory, Repaint};
