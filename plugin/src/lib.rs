#![doc = include_str!("../README.md")]

mod editor;
mod export;
mod midi;
mod params;
mod process;
pub mod state;
mod transport;

pub use editor::{EditorWindow, HostSettings, host_controls};
pub use export::clap_entry;
pub use params::{EarmarkParams, TagModel, TempoModel};
pub use process::{EarmarkPlugin, EarmarkWith, MakeInstance, Repaint, Shipped};
