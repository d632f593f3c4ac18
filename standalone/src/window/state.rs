//! State of the window that the source bar shows and changes.

use std::path::PathBuf;

use super::devices::Devices;
use super::outputs::OutputManager;
use super::presets;
use super::settings::AppSettings;
use crate::live_session::LiveSession;

/// State of the window that the source bar shows and changes.
pub(super) struct WindowState {
    /// Folder of the settings.
    pub(super) folder: Option<PathBuf>,
    /// Live session; `None` when the window is closed.
    pub(super) live: Option<LiveSession>,
    /// Settings, as they are saved.
    pub(super) settings: AppSettings,
    /// List of inputs.
    pub(super) devices: Devices,
    /// Outputs that run.
    pub(super) outputs: OutputManager,
    /// Error messages that were not dismissed yet.
    pub(super) messages: Vec<String>,
    /// File that plays or played.
    pub(super) file: Option<PathBuf>,
    /// Name of a preset that is being typed.
    pub(super) preset: String,
}

impl WindowState {
    /// Returns the names of the presets.
    pub(super) fn presets(&self) -> Vec<String> {
        self.folder.as_deref().map(presets::names).unwrap_or_default()
    }
}
