//! Further attempt at files without a result.

use earmark_files::path_text::PathText;
use serde::Serialize;

use crate::error::BatchError;
use crate::file_status::FileStatus;
use crate::inputs::{FileVersion, TrackInputs};
use crate::plan::BatchPlan;
use crate::planned_file::PlannedFile;
use crate::results;
use crate::run::{ShardSelection, pending};
use crate::store::ObjectStore;

/// Files that are planned again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetryReport {
    /// Number of files without a result.
    pub bad: usize,
    /// Number of those that are planned again.
    pub planned: usize,
    /// Generation in which they are planned; `None` if there are none.
    pub generation: Option<u32>,
    /// Messages about files that cannot be found any more.
    pub gone: Vec<String>,
}

/// Plans the files without a result again, as the next generation of the plan, which [`crate::run`] then runs. Blocks.
///
/// # Errors
/// [`BatchError::Incomplete`] before all shards have results; other errors if the output cannot be read or written.
pub fn retry(
    plan: &mut BatchPlan,
    store: &dyn ObjectStore,
    inputs: &dyn TrackInputs,
) -> Result<RetryReport, BatchError> {
    let (missing, done) = pending(plan, store, &ShardSelection::All)?;
    if !missing.is_empty() {
        return Err(BatchError::Incomplete { expected: missing.len() + done, got: done });
    }
    let mut report = RetryReport { bad: 0, planned: 0, generation: None, gone: Vec::new() };
    let mut files = Vec::new();
    for path in bad(plan, store)? {
        report.bad += 1;
        match inputs.stamp(&path) {
            Ok(FileVersion { size_bytes, version }) => files.push(PlannedFile { path, size_bytes, version }),
            Err(error) => report.gone.push(format!("{}: {error}", path.path)),
        }
    }
    report.planned = files.len();
    if !files.is_empty() {
        report.generation = Some(plan.add_again(store, files)?);
    }
    Ok(report)
}

/// Returns the files whose newest result is none.
fn bad(plan: &BatchPlan, store: &dyn ObjectStore) -> Result<Vec<PathText>, BatchError> {
    let later = results::later(plan, store)?;
    let mut bad = Vec::new();
    for name in results::names(plan)? {
        let data = name.data();
        let bytes = store.read(&data).map_err(BatchError::store(&data))?;
        for (path, status) in results::files(bytes.into()).map_err(BatchError::damaged(&data))? {
            let newest = later.get(&path).map_or(1, |(generation, _)| *generation);
            if status == FileStatus::Bad && name.generation == newest.max(1) {
                bad.push(path);
            }
        }
    }
    Ok(bad)
}
