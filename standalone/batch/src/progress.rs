//! Records of runs in the output, from which any machine can read the progress.

use std::process;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::BatchError;
use crate::file_status::FileStatus;
use crate::local_store::host;
use crate::shard_run::ShardOutcome;
use crate::store::ObjectStore;

/// Folder of the records.
pub(crate) const FOLDER: &str = "progress";
/// Interval between two writings of the record of a run.
const WRITE_INTERVAL: Duration = Duration::from_secs(10);

/// Record of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Name of the run: machine, process and start.
    pub run: String,
    /// Start in seconds since 1970 (UTC).
    pub started_unix_s: f64,
    /// Time of this record in seconds since 1970 (UTC).
    pub updated_unix_s: f64,
    /// Whether the run has ended by itself.
    pub ended: bool,
    /// Number of worker processes.
    pub jobs: usize,
    /// Number of shards that this run has done.
    pub shards: u64,
    /// Number of files that this run has analyzed.
    pub files: u64,
    /// Number of files without a result.
    pub bad: u64,
    /// Number of files of which audio is missing.
    pub damaged: u64,
    /// Analyzed audio in seconds.
    pub audio_s: f64,
}

impl RunRecord {
    /// Starts the record of a run with this number of worker processes.
    #[must_use]
    pub fn start(jobs: usize) -> Self {
        let now = unix_s();
        let run = format!("{}-{}-{:.3}", host(), process::id(), now);
        Self {
            run,
            started_unix_s: now,
            updated_unix_s: now,
            ended: false,
            jobs,
            shards: 0,
            files: 0,
            bad: 0,
            damaged: 0,
            audio_s: 0.0,
        }
    }

    /// Adds a file.
    pub fn add_file(&mut self, status: FileStatus, audio_s: f64) {
        self.files += 1;
        self.bad += u64::from(status == FileStatus::Bad);
        self.damaged += u64::from(status == FileStatus::Damaged);
        self.audio_s += audio_s;
    }

    /// Adds a shard with its files.
    pub fn add_shard(&mut self, outcome: &ShardOutcome) {
        self.shards += u64::from(!outcome.was_done);
        self.files += outcome.files;
        self.bad += outcome.bad;
        self.damaged += outcome.damaged;
        self.audio_s += outcome.audio_s;
    }

    /// Writes the record. Blocks.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(&mut self, store: &dyn ObjectStore) -> Result<(), BatchError> {
        self.updated_unix_s = unix_s();
        let name = format!("{FOLDER}/{}.json", self.run);
        let json = serde_json::to_vec(self).map_err(BatchError::damaged(&name))?;
        store.write(&name, &json).map_err(BatchError::store(&name))
    }
}

/// Clock of the writings of a record.
#[derive(Debug)]
pub(crate) struct WriteClock(Option<Instant>);

impl WriteClock {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    /// Whether the record is to be written now.
    pub(crate) fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|last| last.elapsed() >= WRITE_INTERVAL);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

/// Returns the time in seconds since 1970 (UTC).
pub(crate) fn unix_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
