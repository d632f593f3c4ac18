#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod choices;
mod controls;
mod derived_moods;
mod descriptor_reading;
mod dialog_outcome;
mod direct_settings;
mod export;
mod history_feed;
mod host;
mod model_installer;
mod output_state;
mod panel_state;
mod recent_counters;

pub use controls::{SessionControls, SettingsOwner};
pub use dialog_outcome::DialogOutcome;
pub use direct_settings::DirectSettings;
pub use host::PanelHost;
