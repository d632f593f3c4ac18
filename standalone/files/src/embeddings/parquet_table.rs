//! Parquet table of embeddings: one row per patch.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use arrow_schema::Schema;

use super::embedding_rows::{EMBEDDINGS_SCHEMA, embedding_fields, embeddings_table};
use super::file_embeddings::FileEmbeddings;
use crate::earlier_results::EarlierResults;
use crate::error::FileError;
use crate::parquet_file::ParquetFile;
use crate::provenance::Provenance;
use crate::table::metadata;

/// Number of files of a row group, which is also what a killed run can lose.
const MAX_GROUP_FILES: usize = 32;
/// Number of values from which on a row group is written before it has all its files; 16 MiB.
const MAX_GROUP_VALUES: usize = 1 << 22;

/// Writer of a Parquet table.
pub(super) struct ParquetTable {
    file: ParquetFile,
    metadata: HashMap<String, String>,
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
        let metadata = metadata(EMBEDDINGS_SCHEMA, Some(origin));
        let schema = Schema::new_with_metadata(embedding_fields(width), metadata.clone());
        let (file, earlier) = ParquetFile::create_table(out, &schema, origin, is_continued)?;
        Ok(Self { file, metadata, width, earlier, waiting: Vec::new() })
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
        let rows = embeddings_table(&files, self.width, self.metadata.clone()).map_err(io::Error::other)?;
        self.file.write_batch(&rows)
    }
}
