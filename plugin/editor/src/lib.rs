//! Binds the panel to a session: what the panel shows, its commands and settings, and the file dialogs.
//!
//! ```text
//! Session ─► Instance ─► PanelHost ─► Panel (egui)
//!               ▲           │ history, models, messages
//!               └─ commands ┘
//! ```
//!
//! A [`PanelHost`] is made once for an instance and draws the panel in each frame; it never touches the worker. Its
//! owner has the window and the settings: [`SessionControls`] makes the panel's `Controls` of them.

#![forbid(unsafe_code)]

mod choices;
mod controls;
mod export;
mod history_feed;
mod host;
mod model_installer;
mod panel_state;

pub use controls::{SessionControls, SettingsOwner};
pub use host::PanelHost;
