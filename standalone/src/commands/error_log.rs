//! File of the failures of a run, one JSON line each.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use earmark_files::error_record::ErrorRecord;

use super::print::error_line;

/// File of the failures of a run.
#[derive(Debug)]
pub(super) struct ErrorLog(Mutex<File>);

impl ErrorLog {
    /// Creates the file, or empties it. Blocks.
    ///
    /// # Errors
    /// A message if the file cannot be written.
    pub(super) fn create(path: &Path) -> Result<Self, String> {
        let file = File::create(path);
        file.map(|file| Self(Mutex::new(file))).map_err(|error| format!("cannot open {}: {error}", path.display()))
    }

    /// Adds a failure. Blocks. An error of the file is reported, and the run goes on.
    pub(super) fn write(&self, record: &ErrorRecord) {
        let line = serde_json::to_string(record).map(|line| line + "\n");
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = line.map_err(Into::into).and_then(|line| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            error_line!("earmark: cannot write to the file of errors: {error}");
        }
    }
}
