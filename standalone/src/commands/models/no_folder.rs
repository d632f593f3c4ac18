//! Message about a missing folder of added models.

/// Message on a system without a user folder for data of programs.
pub(crate) const NO_FOLDER_MESSAGE: &str =
    "no folder for added models: this system has no default folder. Set EARMARK_MODELS to a folder.";
