//! Commands from the panel to its owner.

use std::path::PathBuf;
use std::sync::Arc;

use crate::MappedTag;

/// Request that only the owner of the panel can carry out.
///
/// Settings go through [`Controls`](crate::Controls) instead; the arrangement of the panel is in
/// [`PanelLayout`](crate::PanelLayout).
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Starts a new song: restarts the average ([`History::clear_average`](crate::History::clear_average)).
    NewSong,
    /// Sets the counters to 0.
    ResetCounters,
    /// Saves the timeline to a file; the owner opens the file dialog.
    ExportTimeline(ExportFormat),
    /// Copies the timeline to the clipboard.
    CopyTimeline,
    /// Starts MIDI learn for this tag: maps it to a free controller, if it has none, and sends only that one.
    StartMidiLearn {
        /// Label of the tag.
        tag: Arc<str>,
    },
    /// Ends MIDI learn.
    CancelMidiLearn,
    /// Removes the controller of this tag; its note stays.
    ClearCc {
        /// Label of the tag.
        tag: Arc<str>,
    },
    /// Maps this tag to this controller and note; without both the mapping is removed.
    SetMidiMapping(MappedTag),
    /// Adds the models in these dropped files.
    AddModels(Vec<PathBuf>),
    /// Reads the folder of added models again.
    RefreshModels,
    /// Opens a dialog to choose the folder for reports.
    ChooseReportFolder,
    /// Dismisses the notice with this id.
    DismissMessage(u64),
    /// Retries the operation that failed.
    Retry,
    /// Shows the window on the whole screen, or as before. See [`PanelLayout::stage`](crate::PanelLayout).
    SetFullScreen(bool),
    /// Scales the panel by this factor, as in [`PanelLayout::zoom`](crate::PanelLayout). A command, because the window
    /// belongs to the owner.
    SetZoom(f32),
}

/// File format of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// JSON in the format of the command line.
    Json,
    /// CSV with one row per prediction.
    Csv,
}
