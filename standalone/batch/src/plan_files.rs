//! Lists of the files of shards: objects of many shards, one row group each.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use earmark_files::path_text::PathText;
use parquet::errors::ParquetError;

use crate::error::BatchError;
use crate::index::IndexedShard;
use crate::parquet_object;
use crate::planned_file::PlannedFile;

/// Number of shards of an object.
const SHARDS_PER_OBJECT: u32 = 500;

/// Returns the name of the object with the files of a shard, of the lists with this key.
fn name(lists: &str, shard: u32) -> String {
    format!("plan/part-{lists}-{:05}.parquet", shard / SHARDS_PER_OBJECT)
}

/// Writer of the lists of a generation.
pub(crate) struct FileLists {
    key: String,
    schema: Schema,
    writer: Option<(String, parquet_object::ObjectWriter)>,
}

impl FileLists {
    /// Creates a writer of the lists with this key, which depends on their content.
    pub(crate) fn new(key: &str) -> Self {
        let schema = Schema::new(vec![
            Field::new("shard", DataType::UInt32, false),
            Field::new("path", DataType::Utf8, false),
            Field::new("size_bytes", DataType::UInt64, false),
            Field::new("version", DataType::Utf8, false),
            Field::new("path_bytes", DataType::Utf8, true),
        ]);
        Self { key: key.to_owned(), schema, writer: None }
    }

    /// Adds the files of a shard; shards come in order. Returns name and content of an object that is complete.
    pub(crate) fn push(&mut self, shard: u32, files: &[&PlannedFile]) -> Result<Option<(String, Vec<u8>)>, BatchError> {
        let name = name(&self.key, shard);
        let complete = if self.writer.as_ref().is_some_and(|(open, _)| *open != name) { self.finish()? } else { None };
        let rows = self.rows(shard, files).map_err(BatchError::damaged(&name))?;
        let (_, writer) = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let writer = parquet_object::ObjectWriter::new(&self.schema).map_err(BatchError::damaged(&name))?;
                self.writer.insert((name.clone(), writer))
            }
        };
        writer.write(&rows).and_then(|()| writer.flush()).map_err(BatchError::damaged(&name))?;
        Ok(complete)
    }

    /// Returns name and content of the last object.
    pub(crate) fn finish(&mut self) -> Result<Option<(String, Vec<u8>)>, BatchError> {
        let Some((name, writer)) = self.writer.take() else { return Ok(None) };
        let bytes = writer.finish().map_err(BatchError::damaged(&name))?;
        Ok(Some((name, bytes)))
    }

    fn rows(&self, shard: u32, files: &[&PlannedFile]) -> Result<RecordBatch, ParquetError> {
        let texts = |pick: fn(&PlannedFile) -> Option<&str>| -> Arc<dyn Array> {
            Arc::new(files.iter().map(|file| pick(file)).collect::<StringArray>())
        };
        Ok(RecordBatch::try_new(
            Arc::new(self.schema.clone()),
            vec![
                Arc::new(UInt32Array::from(vec![shard; files.len()])),
                texts(|file| Some(&file.path.path)),
                Arc::new(UInt64Array::from_iter_values(files.iter().map(|file| file.size_bytes))),
                texts(|file| Some(&file.version)),
                texts(|file| file.path.path_bytes.as_deref()),
            ],
        )?)
    }
}

/// Reader of lists, which keeps the last object: neighbouring shards are in one.
#[derive(Debug)]
pub(crate) struct FileListReader {
    object: Option<(String, Bytes)>,
    /// Name of the object and row group of each shard, by generation and number.
    places: HashMap<(u32, u32), (String, usize)>,
}

impl FileListReader {
    /// Creates a reader of these generations: number, key of the lists, and shards.
    pub(crate) fn new<'a>(generations: impl IntoIterator<Item = (u32, &'a str, &'a [IndexedShard])>) -> Self {
        let mut places = HashMap::new();
        for (generation, key, shards) in generations {
            let (mut open, mut group) = (String::new(), 0);
            for &IndexedShard { shard, .. } in shards {
                let name = name(key, shard);
                group = if name == open { group + 1 } else { 0 };
                places.insert((generation, shard), (name.clone(), group));
                open = name;
            }
        }
        Self { object: None, places }
    }

    /// Returns the files of a shard, whose object `read` reads.
    pub(crate) fn files(
        &mut self,
        generation: u32,
        shard: u32,
        read: impl FnOnce(&str) -> Result<Vec<u8>, BatchError>,
    ) -> Result<Vec<PlannedFile>, BatchError> {
        let Some((name, group)) = self.places.get(&(generation, shard)).cloned() else { return Ok(Vec::new()) };
        let bytes = match &self.object {
            Some((open, bytes)) if *open == name => bytes.clone(),
            _ => Bytes::from(read(&name)?),
        };
        self.object = Some((name.clone(), bytes.clone()));
        let rows = parquet_object::read(bytes, None, Some(group)).map_err(BatchError::damaged(&name))?.rows;
        let sizes = rows.column_by_name("size_bytes").and_then(|column| column.as_any().downcast_ref::<UInt64Array>());
        let Some(sizes) = sizes else { return Err(BatchError::damaged(&name)("expected the column size_bytes")) };
        let texts = |column| parquet_object::texts(&rows, column);
        let rows = texts("path").into_iter().zip(texts("path_bytes")).zip(texts("version")).zip(sizes.values());
        Ok(rows
            .map(|(((path, path_bytes), version), &size_bytes)| PlannedFile {
                path: PathText { path: path.unwrap_or_default().to_owned(), path_bytes: path_bytes.map(str::to_owned) },
                size_bytes,
                version: version.unwrap_or_default().to_owned(),
            })
            .collect())
    }
}
