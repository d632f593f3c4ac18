//! Compaction: the newest rows of each file in a few large objects.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use earmark_files::path_text::PathText;
use serde::Serialize;

use crate::error::BatchError;
use crate::file_status::FileStatus;
use crate::parquet_object::{self, ObjectRows, ObjectWriter};
use crate::plan::BatchPlan;
use crate::results;
use crate::run::{ShardSelection, pending};
use crate::store::ObjectStore;

/// Size from which on an object is complete, in bytes.
const MAX_OBJECT_BYTES: usize = 256 << 20;
/// Number of rows of a row group.
const GROUP_ROWS: usize = 100_000;
/// Folder of the objects.
const FOLDER: &str = "compact";

/// Result of a compaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// Names of the objects, in the order of the shards.
    pub objects: Vec<String>,
    /// Number of rows.
    pub rows: usize,
    /// Size of the objects in bytes.
    pub size_bytes: usize,
}

/// Writes the newest rows of each file into objects of about 256 MB, in the order of generations and shards, which is that of the
/// hashes of the paths. Earlier compactions are replaced. Blocks.
///
/// # Errors
/// [`BatchError::Incomplete`] before all shards have results; other errors if the output cannot be read or written.
pub fn compact(plan: &BatchPlan, store: &dyn ObjectStore) -> Result<CompactReport, BatchError> {
    let (missing, done) = pending(plan, store, &ShardSelection::All)?;
    if !missing.is_empty() {
        return Err(BatchError::Incomplete { expected: missing.len() + done, got: done });
    }
    let later = results::later(plan, store)?;
    let mut report = CompactReport { objects: Vec::new(), rows: 0, size_bytes: 0 };
    let mut open: Option<(ObjectWriter, usize)> = None;
    for name in results::names(plan)? {
        let data = name.data();
        let bytes = store.read(&data).map_err(BatchError::store(&data))?;
        let read = parquet_object::read(bytes.into(), None, None).map_err(BatchError::damaged(&data))?;
        let rows = newest(&read, name.generation, &later).map_err(BatchError::damaged(&data))?;
        let (mut writer, mut group) = match open.take() {
            Some(open) => open,
            None => (ObjectWriter::new(&read.schema).map_err(BatchError::damaged(&data))?, 0),
        };
        writer.write(&rows).map_err(BatchError::damaged(&data))?;
        group += rows.num_rows();
        report.rows += rows.num_rows();
        if group >= GROUP_ROWS {
            writer.flush().map_err(BatchError::damaged(&data))?;
            group = 0;
        }
        if writer.len() >= MAX_OBJECT_BYTES {
            report.put(store, writer)?;
        } else {
            open = Some((writer, group));
        }
    }
    if let Some((writer, _)) = open {
        report.put(store, writer)?;
    }
    for object in store.list(FOLDER).map_err(BatchError::store(FOLDER))? {
        let name = format!("{FOLDER}/{}", object.name);
        if !report.objects.contains(&name) {
            store.remove(&name).map_err(BatchError::store(&name))?;
        }
    }
    Ok(report)
}

impl CompactReport {
    fn put(&mut self, store: &dyn ObjectStore, writer: ObjectWriter) -> Result<(), BatchError> {
        let name = format!("{FOLDER}/part-{:05}.parquet", self.objects.len());
        let bytes = writer.finish().map_err(BatchError::damaged(&name))?;
        store.write(&name, &bytes).map_err(BatchError::store(&name))?;
        self.size_bytes += bytes.len();
        self.objects.push(name);
        Ok(())
    }
}

/// Returns the rows of files that have no result in a later generation.
fn newest(
    read: &ObjectRows,
    generation: u32,
    later: &HashMap<PathText, (u32, FileStatus)>,
) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let paths = parquet_object::texts(&read.rows, "path").into_iter();
    let paths = paths.zip(parquet_object::texts(&read.rows, "path_bytes"));
    let is_newest = |(path, path_bytes): (Option<&str>, Option<&str>)| {
        let path = PathText { path: path.unwrap_or_default().into(), path_bytes: path_bytes.map(str::to_owned) };
        later.get(&path).is_none_or(|(newest, _)| *newest == generation)
    };
    let kept: BooleanArray = paths.map(|path| Some(is_newest(path))).collect();
    let schema = Arc::new(arrow_schema::Schema::new(read.schema.fields().clone()));
    let rows = RecordBatch::try_new(schema, read.rows.columns().to_vec())?;
    filter_record_batch(&rows, &kept)
}
