//! Parquet objects in memory with fixed properties, so that equal rows are equal bytes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Schema};
use arrow_select::concat::concat_batches;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};

/// Level of the compression, a default of other writers.
const ZSTD_LEVEL: i32 = 3;
/// Name of the writer, without a version: an update of a library must not change bytes.
const CREATED_BY: &str = "earmark-batch";

/// Returns the properties of all objects.
fn properties() -> Result<WriterPropertiesBuilder, ParquetError> {
    let compression = Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?);
    Ok(WriterProperties::builder().set_compression(compression).set_created_by(CREATED_BY.to_owned()))
}

/// Returns an object with the row groups `groups`, whose metadata has the entries of `schema` in the order of their keys.
pub(crate) fn write(schema: &Schema, groups: &[RecordBatch]) -> Result<Vec<u8>, ParquetError> {
    let mut writer = ObjectWriter::new(schema)?;
    for group in groups {
        writer.write(group)?;
        writer.flush()?;
    }
    writer.finish()
}

/// Writer of one object in memory.
pub(crate) struct ObjectWriter {
    writer: ArrowWriter<Vec<u8>>,
    schema: Arc<Schema>,
}

impl ObjectWriter {
    pub(crate) fn new(schema: &Schema) -> Result<Self, ParquetError> {
        // Readers of Arrow take the metadata from the schema, others from the entries of the file; both have the order of the keys.
        let mut entries: Vec<(&String, &String)> = schema.metadata().iter().collect();
        entries.sort();
        let entries = entries.into_iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
        let properties = properties()?.set_key_value_metadata(Some(entries)).build();
        let schema = Arc::new(schema.clone());
        Ok(Self { writer: ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))?, schema })
    }

    /// Adds rows to the present row group.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), rows.columns().to_vec())?;
        self.writer.write(&rows)
    }

    /// Ends the present row group.
    pub(crate) fn flush(&mut self) -> Result<(), ParquetError> {
        self.writer.flush()
    }

    /// Returns the approximate size so far in bytes.
    pub(crate) fn len(&self) -> usize {
        self.writer.bytes_written() + self.writer.in_progress_size()
    }

    /// Completes the object.
    pub(crate) fn finish(self) -> Result<Vec<u8>, ParquetError> {
        self.writer.into_inner()
    }
}

/// Rows of an object, and its schema with the metadata of the file.
pub(crate) struct ObjectRows {
    pub(crate) schema: Arc<Schema>,
    pub(crate) rows: RecordBatch,
}

/// Reads an object: all row groups or one, all columns or those with these names.
pub(crate) fn read(bytes: Bytes, columns: Option<&[&str]>, group: Option<usize>) -> Result<ObjectRows, ParquetError> {
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let entries = reader.metadata().file_metadata().key_value_metadata().into_iter().flatten();
    let metadata: HashMap<String, String> = entries
        .filter(|entry| entry.key != parquet::arrow::ARROW_SCHEMA_META_KEY)
        .filter_map(|entry| Some((entry.key.clone(), entry.value.clone()?)))
        .collect();
    if let Some(columns) = columns {
        let mask = ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
        reader = reader.with_projection(mask);
    }
    if let Some(group) = group {
        reader = reader.with_row_groups(vec![group]);
    }
    let whole = Schema::new_with_metadata(reader.schema().fields().clone(), metadata);
    let reader = reader.build()?;
    let read_schema = arrow_array::RecordBatchReader::schema(&reader);
    let batches = reader.collect::<Result<Vec<_>, ArrowError>>()?;
    let rows = concat_batches(&read_schema, &batches)?;
    Ok(ObjectRows { schema: Arc::new(whole), rows })
}

/// Returns a column of texts; empty texts if there is none.
pub(crate) fn texts<'a>(rows: &'a RecordBatch, name: &str) -> Vec<Option<&'a str>> {
    let column = rows.column_by_name(name);
    let column = column.and_then(|column| column.as_any().downcast_ref::<arrow_array::StringArray>());
    column.map_or_else(|| vec![None; rows.num_rows()], |column| column.iter().collect())
}
