//! Earmark in a DAW: a VST3 and CLAP effect that passes audio on untouched and says what it hears.
//!
//! What listens is an [`earmark_session::Session`]; this crate gives it to a host: parameters and saved state become its
//! [`Wishes`](earmark_session::Wishes), the host's transport its [`Transport`](earmark_session::Transport), what it sends as
//! MIDI the host's events, and a [`PanelHost`](earmark_editor::PanelHost) stands in the host's window.

mod editor;
mod entry;
mod midi;
mod params;
mod process;
pub mod state;
mod transport;

pub use editor::{HostSettings, Window, host_controls};
pub use entry::clap_entry;
pub use params::{EarmarkParams, TagModel, TempoModel};
pub use process::{EarmarkPlugin, EarmarkWith, MakeInstance, Repaint, Shipped};
