//! Parquet files: opening with a schema, and columns of a row group.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::Type;

/// Destination of a file.
pub(crate) type Out = Box<dyn Write + Send>;
/// Writer of a file.
pub(crate) type File = SerializedFileWriter<Out>;
/// Writer of a row group.
pub(crate) type Group<'a> = SerializedRowGroupWriter<'a, Out>;

/// Writes the header of a file with the columns of `schema`.
pub(crate) fn create(out: Out, schema: &str) -> Result<File, ParquetError> {
    create_of(out, parse_message_type(schema)?)
}

/// Writes the header of a file with the columns of the root type `schema`.
pub(crate) fn create_of(out: Out, schema: Type) -> Result<File, ParquetError> {
    SerializedFileWriter::new(out, Arc::new(schema), Arc::new(WriterProperties::builder().build()))
}

/// Writes the next column of a row group; `levels` are its definition levels and repetition levels.
pub(crate) fn column<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    levels: (Option<&[i16]>, Option<&[i16]>),
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("expected a column, got none".into()));
    };
    column.typed::<T>().write_batch(values, levels.0, levels.1)?;
    column.close()
}

/// Writes the footer of a file.
pub(crate) fn finish(file: File) -> io::Result<()> {
    file.into_inner().map_err(io::Error::other).and_then(|mut out| out.flush())
}
