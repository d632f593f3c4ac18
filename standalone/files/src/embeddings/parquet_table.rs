//! Parquet table of embeddings: one row per patch.

use std::io;
use std::path::{Path, PathBuf};

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType};
use parquet::errors::ParquetError;
use parquet::schema::parser::parse_message_type;

use super::file_embeddings::FileEmbeddings;
use crate::parquet_file::{Group, ParquetFile, column, io_error};
use crate::path_text::PathText;

/// Schema of the Parquet table: one row per patch.
const SCHEMA: &str = "
    message embeddings {
        required binary path (STRING);
        required binary model (STRING);
        required double start_s;
        required double end_s;
        required group embedding (LIST) {
            repeated group list {
                required float element;
            }
        }
        optional binary path_bytes (STRING);
    }";
/// Number of files of a row group, which is also what a killed run can lose.
const MAX_GROUP_FILES: usize = 32;
/// Number of values from which on a row group is written before it has all its files; 16 MiB.
const MAX_GROUP_VALUES: usize = 1 << 22;

/// Writer of a Parquet table.
pub(super) struct ParquetTable {
    file: ParquetFile,
    /// Files of the next row group.
    waiting: Vec<FileEmbeddings>,
}

impl ParquetTable {
    /// Creates a table at `out` (default: standard output).
    pub(super) fn create(out: Option<&Path>) -> io::Result<Self> {
        let schema = parse_message_type(SCHEMA).map_err(io_error)?;
        Ok(Self { file: ParquetFile::create(out, schema)?, waiting: Vec::new() })
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
        if files.is_empty() { Ok(()) } else { self.file.write_group(|group| rows(group, &files)) }
    }
}

fn rows(group: &mut Group<'_>, files: &[FileEmbeddings]) -> Result<(), ParquetError> {
    let names: Vec<PathText> = files.iter().map(|file| PathText::new(&file.path)).collect();
    let of_patches = |text: fn(&FileEmbeddings, &PathText) -> Option<ByteArray>| {
        let files = files.iter().zip(&names);
        files.flat_map(move |(file, name)| vec![text(file, name); file.spans.len()])
    };
    let texts = |text: fn(&FileEmbeddings, &PathText) -> Option<ByteArray>| -> Vec<ByteArray> {
        of_patches(text).flatten().collect()
    };
    column::<ByteArrayType>(group, &texts(|_, name| Some(name.path.as_str().into())), (None, None))?;
    column::<ByteArrayType>(group, &texts(|file, _| Some(file.model.as_str().into())), (None, None))?;
    let (starts, ends): (Vec<f64>, Vec<f64>) = files.iter().flat_map(|file| file.spans.iter().copied()).unzip();
    column::<DoubleType>(group, &starts, (None, None))?;
    column::<DoubleType>(group, &ends, (None, None))?;
    let values: Vec<f32> = files.iter().flat_map(|file| file.values.iter().copied()).collect();
    // Repetition level: 0 for the first element of a list, 1 for all others.
    let elements = files.iter().flat_map(|file| (0..file.values.len()).map(|at| i16::from(at % file.width != 0)));
    let repetition: Vec<i16> = elements.collect();
    let definition = vec![1; values.len()];
    column::<FloatType>(group, &values, (Some(&definition), Some(&repetition)))?;
    let bytes: fn(&FileEmbeddings, &PathText) -> Option<ByteArray> =
        |_, name| name.path_bytes.as_deref().map(Into::into);
    let definition: Vec<i16> = of_patches(bytes).map(|bytes| i16::from(bytes.is_some())).collect();
    column::<ByteArrayType>(group, &texts(bytes), (Some(&definition), None))
}
