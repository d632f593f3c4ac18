//! Actions of the source bar and the window of the outputs.

use super::file_dialogs::FileKind;

/// Action requested in the source bar or in the window of the outputs.
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
    /// Opens the file dialog.
    ChooseFile(FileKind),
    /// Starts or stops a recording.
    Record,
    /// Pauses or resumes the file.
    Pause(bool),
    /// Seeks to a time in the file, in seconds.
    Seek(f64),
    /// Loads the preset with this name.
    LoadPreset(String),
    /// Saves the settings as a preset with this name.
    SavePreset(String),
    /// Deletes the preset with this name.
    RemovePreset(String),
    /// Dismisses the message at this index.
    Dismiss(usize),
}
