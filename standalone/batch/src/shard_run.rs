//! Run of one shard: a list of files to one object with a name that follows from the list and the recipe.

use std::io;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use earmark_capture::decode::DecodeError;
use earmark_files::error::FileError;
use earmark_files::error_record::{ErrorRecord, ErrorStage};
use earmark_files::path_text::PathText;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::analysis::killed;
use crate::error::BatchError;
use crate::file_rows::{self, FileRows, FileVerdict};
use crate::file_status::FileStatus;
use crate::inputs::{FetchedTrack, TrackInputs};
use crate::object_name::ObjectName;
use crate::parquet_object;
use crate::plan::{BatchPlan, ShardPlace};
use crate::plan_files::FileListReader;
use crate::planned_file::PlannedFile;
use crate::store::ObjectStore;
use crate::worker_process::{AnalysisEnd, WorkerCommand, WorkerProcess};

/// Number of worker processes that a file may end before it is given up: something else may have ended them.
const MAX_ENDS: usize = 3;
/// Number of times that a file may exceed its time: the machine may be busy.
const MAX_TIMEOUTS: usize = 2;
/// Default of the time for a file, to which half of its length is added.
const FILE_TIMEOUT: Duration = Duration::from_secs(60);

/// Result of the run of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ShardOutcome {
    /// Whether the object was there before, so that nothing was analyzed.
    pub was_done: bool,
    /// Number of files.
    pub files: u64,
    /// Number of files without a result.
    pub bad: u64,
    /// Number of files of which audio is missing.
    pub damaged: u64,
    /// Analyzed audio in seconds.
    pub audio_s: f64,
}

/// Runner of shards with one worker process, which keeps its models from shard to shard.
pub struct ShardRunner {
    plan: Arc<BatchPlan>,
    store: Arc<dyn ObjectStore>,
    inputs: Arc<dyn TrackInputs>,
    command: WorkerCommand,
    file_timeout: Duration,
    lists: FileListReader,
    process: Option<WorkerProcess>,
}

impl ShardRunner {
    /// Creates a runner; its worker process is started with the first file.
    #[must_use]
    pub fn new(
        plan: Arc<BatchPlan>,
        store: Arc<dyn ObjectStore>,
        inputs: Arc<dyn TrackInputs>,
        command: WorkerCommand,
    ) -> Self {
        let lists = plan.lists();
        Self { plan, store, inputs, command, file_timeout: FILE_TIMEOUT, lists, process: None }
    }

    /// Sets the time for each file (default 60 s); half of the length of the file is added.
    #[must_use]
    pub fn with_file_timeout(self, file_timeout: Duration) -> Self {
        Self { file_timeout, ..self }
    }

    /// Runs a shard, unless its object is there. Files that cannot be analyzed are rows. `take` gets the status and the analyzed
    /// seconds of each file. Blocks.
    ///
    /// # Errors
    /// If there is no such shard, the output cannot be read or written, or no worker process can be started;
    /// [`BatchError::Cancelled`] if `is_stopped`.
    pub fn run(
        &mut self,
        place: ShardPlace,
        is_stopped: &dyn Fn() -> bool,
        take: &mut dyn FnMut(FileStatus, f64),
    ) -> Result<ShardOutcome, BatchError> {
        let Some(name) = self.plan.object(place)? else {
            return Ok(ShardOutcome { was_done: true, ..ShardOutcome::default() });
        };
        let data = name.data();
        if self.store.exists(&data).map_err(BatchError::store(&data))? {
            return Ok(ShardOutcome { was_done: true, ..ShardOutcome::default() });
        }
        let store = Arc::clone(&self.store);
        let read = |name: &str| store.read(name).map_err(BatchError::store(name));
        let files = self.lists.files(place.generation, place.shard, read)?;
        let (mut outcome, mut rows, mut records) = (ShardOutcome::default(), Vec::new(), String::new());
        for file in &files {
            if is_stopped() {
                return Err(BatchError::Cancelled);
            }
            let result = self.analyze(file, is_stopped)?;
            outcome.files += 1;
            outcome.bad += u64::from(result.status == FileStatus::Bad);
            outcome.damaged += u64::from(result.status == FileStatus::Damaged);
            outcome.audio_s += result.audio_s;
            take(result.status, result.audio_s);
            if let Some(record) = &result.record {
                records += &record_line(result.status, record);
            }
            rows.push(result.rows);
        }
        self.publish(&name, &rows, &records)?;
        Ok(outcome)
    }

    /// Writes the list of bad and damaged files, and then the object, which says that the shard is done.
    fn publish(&self, name: &ObjectName, rows: &[RecordBatch], records: &str) -> Result<(), BatchError> {
        let data = name.data();
        let Some(schema) = rows.first().map(RecordBatch::schema) else { return Ok(()) };
        let rows = concat_batches(&schema, rows).and_then(|rows| file_rows::with_generation(&rows, name.generation));
        let rows = rows.map_err(BatchError::damaged(&data))?;
        let bytes =
            parquet_object::write(&rows.schema(), slice::from_ref(&rows)).map_err(BatchError::damaged(&data))?;
        if !records.is_empty() {
            self.store.write(&name.bad(), records.as_bytes()).map_err(BatchError::store(&name.bad()))?;
        }
        self.store.create(&data, &bytes).map(drop).map_err(BatchError::store(&data))
    }

    /// Returns the rows of a file. A file that ends its process, or takes too long, is tried again in another one.
    fn analyze(&mut self, file: &PlannedFile, is_stopped: &dyn Fn() -> bool) -> Result<FileRows, BatchError> {
        let (mut ends, mut timeouts) = (0, 0);
        loop {
            let timeout = self.file_timeout;
            let fetched = self.inputs.fetch(file);
            let process = match &mut self.process {
                Some(process) => process,
                None => {
                    let started = start(&self.command, &self.plan, is_stopped)?;
                    self.process.insert(started)
                }
            };
            let FetchedTrack { path, copy } = match fetched {
                Ok(fetched) => fetched,
                Err(error) => return bad(process, file, unreadable(file, error)),
            };
            let end = match process.analyze(&file.path, PathText::new(&path), timeout, is_stopped) {
                Ok(rows) => return Ok(rows),
                Err(end) => end,
            };
            drop(copy);
            // Its successor has the schema of a bad row.
            self.process = None;
            let cause = match end {
                AnalysisEnd::Stopped => return Err(BatchError::Cancelled),
                AnalysisEnd::Ended(cause) => {
                    ends += 1;
                    format!("the process that analyzed the file {cause}, {ends} times")
                }
                AnalysisEnd::TimedOut(after) => {
                    timeouts += 1;
                    format!("timeout (expected an end after {:.1} s, got none, {timeouts} times)", after.as_secs_f64())
                }
            };
            if ends >= MAX_ENDS || timeouts >= MAX_TIMEOUTS {
                let started = start(&self.command, &self.plan, is_stopped)?;
                return bad(self.process.insert(started), file, killed(&file.path, &cause));
            }
        }
    }
}

/// Starts a worker process; one that ends while it loads its models is started again, because something else may have ended it.
fn start(
    command: &WorkerCommand,
    plan: &BatchPlan,
    is_stopped: &dyn Fn() -> bool,
) -> Result<WorkerProcess, BatchError> {
    let mut ends = 0;
    loop {
        match WorkerProcess::start(command, plan.recipe(), is_stopped) {
            Err(BatchError::WorkerEnded(_)) if ends + 1 < MAX_ENDS => ends += 1,
            started => return started,
        }
    }
}

/// Returns the row of a file without a result.
fn bad(process: &WorkerProcess, file: &PlannedFile, record: ErrorRecord) -> Result<FileRows, BatchError> {
    let verdict = FileVerdict::bad(record);
    let rows = file_rows::compose(process.schema(), &file.path, &verdict, None);
    let rows = rows.map_err(|error| BatchError::Worker(error.to_string()))?;
    Ok(FileRows { rows, status: FileStatus::Bad, audio_s: 0.0, record: verdict.record })
}

fn unreadable(file: &PlannedFile, error: io::Error) -> ErrorRecord {
    let path = file.path.to_path();
    match error.kind() {
        io::ErrorKind::NotFound => ErrorRecord::of_error(&path, &FileError::Decode(DecodeError::Missing)),
        _ => ErrorRecord::of_message(&path, ErrorStage::Open, error.to_string()),
    }
}

/// Returns the line of a bad or damaged file: the record of the failure, and the status.
fn record_line(status: FileStatus, record: &ErrorRecord) -> String {
    let mut line = serde_json::to_value(record).unwrap_or(Value::Null);
    if let Some(object) = line.as_object_mut() {
        object.insert("status".into(), json!(status.name()));
    }
    format!("{line}\n")
}
