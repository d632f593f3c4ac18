//! Parquet table of embeddings: one row per patch.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::file_embeddings::FileEmbeddings;

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
pub(super) struct ParquetTable(Box<SerializedFileWriter<Box<dyn Write + Send>>>);

impl ParquetTable {
    /// Writes the header of a table to `out`.
    pub(super) fn new(out: Box<dyn Write + Send>) -> Result<Self, ParquetError> {
        let schema = parse_message_type(SCHEMA)?;
        let properties = Arc::new(WriterProperties::builder().build());
        Ok(Self(Box::new(SerializedFileWriter::new(out, Arc::new(schema), properties)?)))
    }

    /// Writes one row per patch, as one row group.
    pub(super) fn write(&mut self, embeddings: &FileEmbeddings) -> io::Result<()> {
        rows(&mut self.0, embeddings).map_err(io::Error::other)
    }

    /// Writes the footer.
    pub(super) fn finish(self) -> io::Result<()> {
        self.0.into_inner().map_err(io::Error::other).and_then(|mut out| out.flush())
    }
}

fn rows(
    writer: &mut SerializedFileWriter<Box<dyn Write + Send>>,
    embeddings: &FileEmbeddings,
) -> Result<(), ParquetError> {
    let patches = embeddings.spans.len();
    let mut group = writer.next_row_group()?;
    for text in [embeddings.path.to_string_lossy().as_ref(), &embeddings.model] {
        let texts = vec![ByteArray::from(text); patches];
        column::<ByteArrayType>(&mut group, &texts, None)?;
    }
    let (starts, ends): (Vec<f64>, Vec<f64>) = embeddings.spans.iter().copied().unzip();
    column::<DoubleType>(&mut group, &starts, None)?;
    column::<DoubleType>(&mut group, &ends, None)?;
    // Repetition level: 0 for the first element of a list, 1 for all others.
    let repetition: Vec<i16> = (0..embeddings.values.len()).map(|at| i16::from(at % embeddings.width != 0)).collect();
    let definition = vec![1; embeddings.values.len()];
    column::<FloatType>(&mut group, &embeddings.values, Some((&definition, &repetition)))?;
    group.close()?;
    Ok(())
}

fn column<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, Box<dyn Write + Send>>,
    values: &[T::T],
    levels: Option<(&[i16], &[i16])>,
) -> Result<(), ParquetError> {
    let (definition, repetition) = levels.unzip();
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("expected a column, got none".into()));
    };
    column.typed::<T>().write_batch(values, definition, repetition)?;
    column.close()
}
