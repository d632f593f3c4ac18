//! Parquet table of embeddings: one row per patch.

use std::io;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType};
use parquet::errors::ParquetError;

use super::file_embeddings::FileEmbeddings;
use crate::parquet_file::{self, File, Out, column};

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
    }";

/// Writer of a Parquet table.
pub(super) struct ParquetTable(Box<File>);

impl ParquetTable {
    /// Writes the header of a table to `out`.
    pub(super) fn new(out: Out) -> Result<Self, ParquetError> {
        Ok(Self(Box::new(parquet_file::create(out, SCHEMA)?)))
    }

    /// Writes one row per patch, as one row group.
    pub(super) fn write(&mut self, embeddings: &FileEmbeddings) -> io::Result<()> {
        rows(&mut self.0, embeddings).map_err(io::Error::other)
    }

    /// Writes the footer.
    pub(super) fn finish(self) -> io::Result<()> {
        parquet_file::finish(*self.0)
    }
}

fn rows(file: &mut File, embeddings: &FileEmbeddings) -> Result<(), ParquetError> {
    let patches = embeddings.spans.len();
    let mut group = file.next_row_group()?;
    for text in [embeddings.path.to_string_lossy().as_ref(), &embeddings.model] {
        let texts = vec![ByteArray::from(text); patches];
        column::<ByteArrayType>(&mut group, &texts, (None, None))?;
    }
    let (starts, ends): (Vec<f64>, Vec<f64>) = embeddings.spans.iter().copied().unzip();
    column::<DoubleType>(&mut group, &starts, (None, None))?;
    column::<DoubleType>(&mut group, &ends, (None, None))?;
    // Repetition level: 0 for the first element of a list, 1 for all others.
    let repetition: Vec<i16> = (0..embeddings.values.len()).map(|at| i16::from(at % embeddings.width != 0)).collect();
    let definition = vec![1; embeddings.values.len()];
    column::<FloatType>(&mut group, &embeddings.values, (Some(&definition), Some(&repetition)))?;
    group.close()?;
    Ok(())
}
