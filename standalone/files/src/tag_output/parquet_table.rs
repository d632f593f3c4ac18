//! Parquet table of reports: one row per file, or one row per patch.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use arrow_schema::Schema;

use crate::earlier_results::EarlierResults;
use crate::error::FileError;
use crate::model_columns::ModelColumns;
use crate::parquet_file::ParquetFile;
use crate::table::{
    FILES_SCHEMA, FileRow, PATCHES_SCHEMA, file_fields, files_table, metadata, patch_fields, patches_table,
};
use crate::tag::{TaggedFile, Tagger};

/// Number of files of a row group with one row per file, which is also what a killed run can lose.
const MAX_GROUP_FILES: usize = 256;
/// Number of files of a row group with one row per patch.
const MAX_GROUP_PATCHED_FILES: usize = 32;

/// Writer of a Parquet table.
pub(super) struct ParquetTable {
    file: ParquetFile,
    models: Vec<ModelColumns>,
    metadata: HashMap<String, String>,
    timeline: bool,
    /// Files of the next row group.
    waiting: Vec<TaggedFile>,
}

impl ParquetTable {
    /// Creates a table of the reports of a tagger at `out` (default: standard output). With `timeline`, it has one row per
    /// patch; with `is_continued`, the rows of an earlier run, whose files are returned.
    pub(super) fn create(
        out: Option<&Path>,
        tagger: &Tagger,
        timeline: bool,
        is_continued: bool,
    ) -> Result<(Self, EarlierResults), FileError> {
        let origin = tagger.provenance();
        let models: Vec<ModelColumns> = tagger.models.iter().map(|model| ModelColumns::of_card(model.card())).collect();
        let (name, fields) = match timeline {
            true => (PATCHES_SCHEMA, patch_fields(&models)),
            false => (FILES_SCHEMA, file_fields(&models)),
        };
        let metadata = metadata(name, Some(&origin));
        let schema = Schema::new_with_metadata(fields, metadata.clone());
        let (file, earlier) = ParquetFile::create_table(out, &schema, &origin, is_continued)?;
        Ok((Self { file, models, metadata, timeline, waiting: Vec::new() }, earlier))
    }

    /// Adds the rows of a file.
    pub(super) fn push(&mut self, file: &TaggedFile) -> io::Result<()> {
        self.waiting.push(file.clone());
        let max = if self.timeline { MAX_GROUP_PATCHED_FILES } else { MAX_GROUP_FILES };
        if self.waiting.len() < max { Ok(()) } else { self.flush() }
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
        let metadata = self.metadata.clone();
        let rows = if self.timeline {
            patches_table(&files, &self.models, metadata)
        } else {
            let rows: Vec<FileRow<'_>> = files.iter().map(FileRow::of).collect();
            files_table(&rows, &self.models, metadata)
        };
        self.file.write_batch(&rows.map_err(io::Error::other)?)
    }
}
