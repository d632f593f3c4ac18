//! VST3 and CLAP effect that passes audio through unchanged and detects tags and tempo.
//!
//! The analysis is an [`earmark_session::Session`]. This crate connects it to a host: parameters and saved state are
//! its [`SettingsSource`](earmark_session::SettingsSource), the host's transport becomes a
//! [`Transport`](earmark_session::Transport), MIDI is sent as events of the host, and a
//! [`PanelHost`](earmark_editor::PanelHost) draws the editor.

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
