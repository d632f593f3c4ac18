//! Actions of the source bar.

/// Action requested in the source bar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum WindowAction {
    /// Opens the input.
    OpenInput,
    /// Stops the source.
    Stop,
    /// Reads the list of inputs again.
    RefreshDevices,
    /// Applies the selected input and channels.
    ChangeInput,
    /// Applies the selected gain.
    ChangeGain,
    /// Opens the file dialog for an audio file.
    ChooseFile,
    /// Starts or stops a recording.
    Record,
    /// Pauses or resumes the file.
    Pause(bool),
    /// Seeks to a time in the file, in seconds.
    Seek(f64),
    /// Opens the file dialog for a scene file.
    ChooseScenes,
    /// Loads the preset with this name.
    LoadPreset(String),
    /// Saves the settings as a preset with this name.
    SavePreset(String),
    /// Deletes the preset with this name.
    RemovePreset(String),
    /// Dismisses the message at this index.
    Dismiss(usize),
}
