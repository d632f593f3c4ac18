//! State of the window that is shared with the source bar.

use std::path::PathBuf;
use std::sync::Arc;

use earmark_capture::audio_output::AudioOutputState;
use earmark_panel::kit::ValidatedTextField;

use super::devices::Devices;
use super::outputs::OutputManager;
use super::recent_count::RecentCount;
use crate::app_settings::AppSettings;
use crate::live_session::LiveSession;
use crate::places::Places;
use crate::presets;

/// State shown and changed by the source bar.
pub(super) struct WindowState {
    /// Folders that the program writes to.
    pub(super) places: Places,
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
    /// Whether the window of the outputs is open.
    pub(super) outputs_open: bool,
    /// Names of the presets, read when the window of the outputs is opened.
    pub(super) presets: Vec<String>,
    /// Text of the preset name field.
    pub(super) preset: String,
    /// Whether the window of the mappings is open.
    pub(super) mappings_open: bool,
    /// Field for the OSC address.
    pub(super) osc_address: ValidatedTextField,
    /// Audio output of played files.
    pub(super) audio_output: Arc<AudioOutputState>,
    /// Overruns of the input.
    pub(super) overruns: RecentCount,
}

impl WindowState {
    /// Creates the state of a window without a session.
    pub(super) fn new(places: Places, settings: AppSettings, messages: Vec<String>) -> Self {
        Self {
            places,
            live: None,
            settings,
            devices: Devices::default(),
            outputs: OutputManager::default(),
            messages,
            file: None,
            outputs_open: false,
            presets: Vec::new(),
            preset: String::new(),
            mappings_open: false,
            osc_address: ValidatedTextField::default(),
            audio_output: Arc::default(),
            overruns: RecentCount::default(),
        }
    }

    /// Reads the names of the presets again. Blocks.
    pub(super) fn refresh_presets(&mut self) {
        self.presets = self.places.settings.as_deref().map(presets::names).unwrap_or_default();
    }
}
