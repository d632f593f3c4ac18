//! Earmark in a DAW: a VST3 and CLAP effect that passes audio on untouched and says what it hears.
//!
//! An [`earmark_session::Session`] analyzes the audio. This crate connects it to a host: parameters and saved state are
//! its [`SettingsSource`](earmark_session::SettingsSource), the host's transport is its
//! [`Transport`](earmark_session::Transport), MIDI goes out as the host's events, and a
//! [`PanelHost`](earmark_editor::PanelHost) draws the panel in the host's window.

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
