//! State of the window that is shared with the source bar.

use std::path::PathBuf;

use super::devices::Devices;
use super::outputs::OutputManager;
use super::presets;
use super::settings::AppSettings;
use crate::live_session::LiveSession;

/// State shown and changed by the source bar.
pub(super) struct WindowState {
    /// Folder of the settings.
    pub(super) folder: Option<PathBuf>,
    /// Live session; `None` when the window is closed.
    pub(super) live: Option<LiveSession>,
    /// Saved settings.
    pub(super) settings: AppSettings,
    /// List of inputs.
    pub(super) devices: Devices,
    /// Running outputs.
    pub(super) outputs: OutputManager,
    /// Error messages that were not dismissed.
    pub(super) messages: Vec<String>,
    /// Current audio file, if any.
    pub(super) file: Option<PathBuf>,
    /// Text of the preset name field.
    pub(super) preset: String,
}

impl WindowState {
    /// Returns the names of the presets.
    pub(super) fn presets(&self) -> Vec<String> {
        self.folder.as_deref().map(presets::names).unwrap_or_default()
    }
}
