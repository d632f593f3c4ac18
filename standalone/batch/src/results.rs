//! Results of shards: paths and status of their rows.

use std::collections::HashMap;

use bytes::Bytes;
use earmark_files::path_text::PathText;

use crate::error::BatchError;
use crate::file_status::FileStatus;
use crate::object_name::ObjectName;
use crate::parquet_object;
use crate::plan::BatchPlan;
use crate::store::ObjectStore;

/// Columns that state files and their status.
const COLUMNS: [&str; 3] = ["path", "status", "path_bytes"];

/// Returns each file of a result with its status, in the order of the rows.
///
/// # Errors
/// A message if the object is no valid result.
pub(crate) fn files(bytes: Bytes) -> Result<Vec<(PathText, FileStatus)>, String> {
    let read = parquet_object::read(bytes, Some(&COLUMNS), None).map_err(|error| error.to_string())?;
    let texts = |column| parquet_object::texts(&read.rows, column);
    let mut files: Vec<(PathText, FileStatus)> = Vec::new();
    for ((path, status), path_bytes) in texts("path").into_iter().zip(texts("status")).zip(texts("path_bytes")) {
        let path = PathText { path: path.unwrap_or_default().into(), path_bytes: path_bytes.map(str::to_owned) };
        let name = status.unwrap_or_default();
        let status = FileStatus::of_name(name).ok_or_else(|| format!("expected ok, damaged or bad, got {name:?}"))?;
        // A file may have several rows, which follow one another.
        if files.last().is_none_or(|(last, _)| *last != path) {
            files.push((path, status));
        }
    }
    Ok(files)
}

/// Returns the names of the results of all shards with files, in order.
///
/// # Errors
/// If the plan has no such shard, which cannot be.
pub(crate) fn names(plan: &BatchPlan) -> Result<Vec<ObjectName>, BatchError> {
    let names = plan.places().map(|(place, _)| plan.object(place));
    names.filter_map(Result::transpose).collect()
}

/// Returns the newest generation of each file with a result in a later generation than the first, and its status.
///
/// # Errors
/// If a result cannot be read.
pub(crate) fn later(
    plan: &BatchPlan,
    store: &dyn ObjectStore,
) -> Result<HashMap<PathText, (u32, FileStatus)>, BatchError> {
    let mut newest = HashMap::new();
    for name in names(plan)?.into_iter().filter(|name| name.generation > 1).map(|name| (name.generation, name.data())) {
        let (generation, data) = name;
        let bytes = match store.read(&data) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            bytes => bytes.map_err(BatchError::store(&data))?,
        };
        for (path, status) in files(bytes.into()).map_err(BatchError::damaged(&data))? {
            newest.insert(path, (generation, status));
        }
    }
    Ok(newest)
}
