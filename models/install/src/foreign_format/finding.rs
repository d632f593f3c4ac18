//! Description of a file that is not a network.

use crate::InstallError;

/// Sentence for a file that did not arrive as a whole.
pub(super) const DOWNLOAD_AGAIN: &str = "Download the file again.";

/// A file that is not a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignFormat {
    /// Noun phrase with an article.
    pub(crate) what: String,
    /// One or two sentences in the imperative.
    pub(crate) next_step: String,
}

impl ForeignFormat {
    pub(super) fn new(what: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { what: what.into(), next_step: next_step.into() }
    }
}

impl From<ForeignFormat> for InstallError {
    fn from(ForeignFormat { what, next_step }: ForeignFormat) -> Self {
        Self::NotANetwork { got: what, next_step }
    }
}
