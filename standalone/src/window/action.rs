//! Actions of the source bar.

/// Action that the user asks for in the source bar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum WindowAction {
    /// Opens the input.
    Listen,
    /// Stops the source.
    Stop,
    /// Reads the list of inputs again.
    RefreshDevices,
    /// Applies another input or other channels.
    ChangeInput,
    /// Applies another gain.
    ChangeGain,
    /// Opens the dialog for an audio file.
    ChooseFile,
    /// Starts or ends a recording.
    Record,
    /// Pauses or resumes the file.
    Pause(bool),
    /// Seeks to that time in the file, in seconds.
    Seek(f64),
    /// Opens the dialog for a file of scenes.
    ChooseScenes,
    /// Loads the preset of that name.
    LoadPreset(String),
    /// Saves the settings as a preset of that name.
    SavePreset(String),
    /// Removes the preset of that name.
    RemovePreset(String),
    /// Removes that message.
    Dismiss(usize),
}
