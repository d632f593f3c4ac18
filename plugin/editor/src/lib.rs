//! Binding of the panel to a session: displayed data, commands, settings and file dialogs.
//!
//! ```text
//! Session ─► Instance ─► PanelHost ─► Panel (egui)
//!               ▲           │ history, models, messages
//!               └─ commands ┘
//! ```
//!
//! A [`PanelHost`] is created once for an instance and draws the panel in each frame; it never calls the worker thread.
//! Its owner has the window and the settings, from which [`SessionControls`] implements the panel's `Controls`.

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
