//! Status of the result of one file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Status of the result of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileStatus {
    /// The whole file was analyzed.
    Ok,
    /// The file was analyzed, and audio is missing: it is truncated, or packets were skipped.
    Damaged,
    /// There is no result; the row has the reason.
    Bad,
}

impl FileStatus {
    /// Returns the name in the column `status`: `ok`, `damaged` or `bad`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Damaged => "damaged",
            Self::Bad => "bad",
        }
    }

    /// Returns the status of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Ok, Self::Damaged, Self::Bad].into_iter().find(|status| status.name() == name)
    }
}

impl fmt::Display for FileStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
