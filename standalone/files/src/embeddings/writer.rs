//! Embeddings as files: NumPy arrays, JSON lines, or a Parquet table.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::ArrayView2;
use ndarray_npy::WriteNpyExt;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::json;

use super::Embedded;
use crate::args::{EmbedFormat, EmbedOptions};

/// The columns of a table: a row is a patch.
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

/// Where embeddings go, and as what.
pub(super) enum Writer {
    Npy { folder: PathBuf, written: Vec<PathBuf> },
    Json(Box<dyn Write>),
    Parquet(Box<SerializedFileWriter<Box<dyn Write + Send>>>),
}

impl Writer {
    /// Opens what is written to.
    pub(super) fn new(options: &EmbedOptions) -> Result<Self, String> {
        let out = options.out.as_deref();
        let about = |error: &dyn std::fmt::Display| {
            format!("{}: {error}", out.map_or("standard output".into(), |out| out.display().to_string()))
        };
        match options.format {
            EmbedFormat::Npy => {
                let folder = out.unwrap_or(Path::new(".")).to_owned();
                fs::create_dir_all(&folder).map_err(|error| about(&error))?;
                Ok(Self::Npy { folder, written: Vec::new() })
            }
            EmbedFormat::Json => Ok(Self::Json(sink(out).map_err(|error| about(&error))?)),
            EmbedFormat::Parquet => {
                let schema = parse_message_type(SCHEMA).map_err(|error| about(&error))?;
                let sink = sink(out).map_err(|error| about(&error))?;
                let properties = Arc::new(WriterProperties::builder().build());
                let writer = SerializedFileWriter::new(sink, Arc::new(schema), properties);
                Ok(Self::Parquet(Box::new(writer.map_err(|error| about(&error))?)))
            }
        }
    }

    /// Writes those of one file.
    pub(super) fn write(&mut self, embedded: &Embedded) -> io::Result<()> {
        match self {
            Self::Npy { folder, written } => npy(folder, written, embedded),
            Self::Json(out) => {
                let patch = |((start_s, end_s), values): ((f64, f64), &[f32])| json!({ "start_s": start_s, "end_s": end_s, "values": values });
                let patches: Vec<_> = embedded.patches().map(patch).collect();
                let path = embedded.path.display().to_string();
                let object = json!({ "schema": "earmark-embeddings/1", "path": path, "model": embedded.model,
                                     "width": embedded.width, "embeddings": patches });
                writeln!(out, "{object}")?;
                out.flush()
            }
            Self::Parquet(writer) => rows(writer, embedded).map_err(io::Error::other),
        }
    }

    /// Ends what has an end of its own.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Npy { .. } => Ok(()),
            Self::Json(mut out) => out.flush(),
            Self::Parquet(writer) => writer.into_inner().map_err(io::Error::other).and_then(|mut out| out.flush()),
        }
    }
}

fn sink(out: Option<&Path>) -> io::Result<Box<dyn Write + Send>> {
    Ok(match out {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    })
}

/// An array with a name of its own: two files of the same name in different folders are told apart.
fn npy(folder: &Path, written: &mut Vec<PathBuf>, embedded: &Embedded) -> io::Result<()> {
    let name = embedded.path.file_name().map_or("-".into(), |name| name.to_string_lossy().into_owned());
    let numbered = (0_u32..).map(|number| match number {
        0 => folder.join(format!("{name}.npy")),
        number => folder.join(format!("{name}.{number}.npy")),
    });
    let path = numbered.into_iter().find(|path| !written.contains(path)).unwrap_or_default();
    let shape = (embedded.spans.len(), embedded.width);
    let array = ArrayView2::from_shape(shape, &embedded.values).map_err(io::Error::other)?;
    let mut file = BufWriter::new(File::create(&path)?);
    array.write_npy(&mut file).map_err(io::Error::other)?;
    file.flush()?;
    written.push(path);
    Ok(())
}

/// A row for each patch, as a group of their own.
fn rows(writer: &mut SerializedFileWriter<Box<dyn Write + Send>>, embedded: &Embedded) -> Result<(), ParquetError> {
    let patches = embedded.spans.len();
    let mut group = writer.next_row_group()?;
    for text in [embedded.path.to_string_lossy().as_ref(), &embedded.model] {
        let texts = vec![ByteArray::from(text); patches];
        column::<ByteArrayType>(&mut group, &texts, None)?;
    }
    let (starts, ends): (Vec<f64>, Vec<f64>) = embedded.spans.iter().copied().unzip();
    column::<DoubleType>(&mut group, &starts, None)?;
    column::<DoubleType>(&mut group, &ends, None)?;
    // A list begins with level 0 and goes on with level 1.
    let repetition: Vec<i16> = (0..embedded.values.len()).map(|at| i16::from(at % embedded.width != 0)).collect();
    let definition = vec![1; embedded.values.len()];
    column::<FloatType>(&mut group, &embedded.values, Some((&definition, &repetition)))?;
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
