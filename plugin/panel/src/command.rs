//! What the panel asks its owner to do.

use std::path::PathBuf;
use std::sync::Arc;

use crate::FollowedTag;

/// Something that was asked for in the panel and that only its owner can do.
///
/// Settings are not among them (they go through [`Controls`](crate::Controls)), nor is what the panel keeps itself
/// (see [`PanelLayout`](crate::PanelLayout)).
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A new song begins: its average starts anew ([`History::new_song`](crate::History::new_song)).
    NewSong,
    /// The counters go back to 0.
    ResetCounters,
    /// The time line is to be saved to a file that the owner asks for.
    ExportTimeline(ExportFormat),
    /// The time line is to be put on the clipboard.
    CopyTimeline,
    /// The next controller that moves, or the next free one, is to follow this tag.
    LearnCc {
        /// The tag.
        tag: Arc<str>,
    },
    /// No controller is being learned any more.
    CancelLearning,
    /// This tag drives a controller no longer; a note that it drives stays.
    ForgetCc {
        /// The tag.
        tag: Arc<str>,
    },
    /// This tag is to drive this controller and this note; neither: it is not followed any more.
    Follow(FollowedTag),
    /// These files were dropped: models that are to be added.
    AddModels(Vec<PathBuf>),
    /// The folder of added models is to be looked into again.
    RefreshModels,
    /// The folder for reports is to be chosen in a dialog of the system.
    ChooseReportFolder,
    /// The notice with this id was read.
    DismissMessage(u64),
    /// What failed is to be tried again.
    Retry,
    /// Draw the panel at this multiple of its normal size, the value of [`PanelLayout::zoom`](crate::PanelLayout). A
    /// command, because the scale belongs to the owner of the window.
    SetZoom(f32),
}

/// How a time line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// As the command line writes it.
    Json,
    /// A row per prediction.
    Csv,
}
