//! Parquet table of embeddings: one row per patch.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array, Float64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use super::file_embeddings::FileEmbeddings;
use crate::earlier_results::EarlierResults;
use crate::error::FileError;
use crate::parquet_file::ParquetFile;
use crate::path_text::PathText;
use crate::provenance::Provenance;
use crate::table::{FILE_FIELDS, file_columns, list_field, list_len, metadata};

/// Version of the columns, in the metadata of the table.
const SCHEMA: &str = "earmark-embeddings/1";
/// Number of files of a row group, which is also what a killed run can lose.
const MAX_GROUP_FILES: usize = 32;
/// Number of values from which on a row group is written before it has all its files; 16 MiB.
const MAX_GROUP_VALUES: usize = 1 << 22;

/// Writer of a Parquet table.
pub(super) struct ParquetTable {
    file: ParquetFile,
    schema: SchemaRef,
    width: usize,
    earlier: EarlierResults,
    /// Files of the next row group.
    waiting: Vec<FileEmbeddings>,
}

impl ParquetTable {
    /// Creates a table of embeddings of `width` values at `out` (default: standard output); with `is_continued`, after the
    /// rows of an earlier run.
    pub(super) fn create(
        out: Option<&Path>,
        origin: &Provenance,
        width: usize,
        is_continued: bool,
    ) -> Result<Self, FileError> {
        let schema = Arc::new(Schema::new_with_metadata(fields(width), metadata(SCHEMA, Some(origin))));
        let (file, earlier) = ParquetFile::create_table(out, &schema, origin, is_continued)?;
        Ok(Self { file, schema, width, earlier, waiting: Vec::new() })
    }

    /// Whether an earlier run wrote the rows of a file.
    pub(super) fn contains(&self, path: &Path) -> bool {
        self.earlier.contains(path)
    }

    /// Adds one row per patch.
    pub(super) fn push(&mut self, embeddings: &FileEmbeddings) -> io::Result<()> {
        self.waiting.push(embeddings.clone());
        let values: usize = self.waiting.iter().map(|file| file.values.len()).sum();
        if self.waiting.len() < MAX_GROUP_FILES && values < MAX_GROUP_VALUES {
            return Ok(());
        }
        self.flush()
    }

    /// Writes the remaining rows and completes the table.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.file.finish()
    }

    /// Writes the remaining rows and returns the parts of the incomplete table.
    pub(super) fn finish_partial(mut self) -> io::Result<Vec<PathBuf>> {
        let flushed = self.flush();
        let parts = self.file.finish_partial()?;
        flushed.map(|()| parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        let files = std::mem::take(&mut self.waiting);
        if files.is_empty() {
            return Ok(());
        }
        let rows = rows(&files, self.width, &self.schema).map_err(io::Error::other)?;
        self.file.write_batch(&rows)
    }
}

fn fields(width: usize) -> Vec<Field> {
    let mut fields = vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("model", DataType::Utf8, false),
        Field::new("start_s", DataType::Float64, false),
        Field::new("end_s", DataType::Float64, false),
        list_field("embedding", width, &[], false),
        Field::new("path_bytes", DataType::Utf8, true),
    ];
    fields.extend(FILE_FIELDS.map(|(name, kind)| Field::new(name, kind, true)));
    fields
}

fn rows(files: &[FileEmbeddings], width: usize, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let names: Vec<PathText> = files.iter().map(|file| PathText::new(&file.path)).collect();
    let per_patch = || files.iter().zip(&names).flat_map(|(file, name)| file.spans.iter().map(move |_| (file, name)));
    let (starts, ends): (Vec<f64>, Vec<f64>) = files.iter().flat_map(|file| file.spans.iter().copied()).unzip();
    let values: Vec<f32> = files.iter().flat_map(|file| file.values.iter().copied()).collect();
    let DataType::FixedSizeList(item, _) = schema.field_with_name("embedding")?.data_type() else {
        return Err(ArrowError::SchemaError("expected a list of fixed size".into()));
    };
    let values: ArrayRef = Arc::new(Float32Array::from(values));
    let lists = FixedSizeListArray::try_new(Arc::clone(item), list_len(width), values, None)?;
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(per_patch().map(|(_, name)| Some(&*name.path)).collect::<StringArray>()),
        Arc::new(per_patch().map(|(file, _)| Some(&*file.model)).collect::<StringArray>()),
        Arc::new(Float64Array::from(starts)),
        Arc::new(Float64Array::from(ends)),
        Arc::new(lists),
        Arc::new(per_patch().map(|(_, name)| name.path_bytes.as_deref()).collect::<StringArray>()),
    ];
    columns.extend(file_columns(per_patch().map(|(file, _)| (None, file.file.as_ref()))));
    RecordBatch::try_new(Arc::clone(schema), columns)
}
