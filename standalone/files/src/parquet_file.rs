//! Parquet table in a file, a pipe or on standard output.

mod io_error;
mod merge;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::whole_file::WholeFile;

pub(crate) use self::io_error::io_error;

/// Writer of a row group.
pub(crate) type Group<'a> = SerializedRowGroupWriter<'a, Out>;

/// Destination of a file.
type Out = Box<dyn Write + Send>;

/// Parquet table that survives an interruption.
///
/// Each row group is a complete part file, `NAME.part0001.parquet`, until the end, when all parts become one table under its
/// name. To a pipe or a device, the row groups are written one after another.
pub(crate) struct ParquetFile {
    schema: TypePtr,
    target: Target,
}

enum Target {
    Stream(Box<SerializedFileWriter<Out>>),
    Parts {
        path: PathBuf,
        /// The table, which is empty until the end; shows that the folder can be written to.
        whole: WholeFile,
        parts: Vec<PathBuf>,
    },
}

impl ParquetFile {
    /// Opens a table with the columns of the root type `schema` at `out` (default: standard output). Blocks.
    ///
    /// # Errors
    /// If the destination cannot be opened.
    pub(crate) fn create(out: Option<&Path>, schema: Type) -> io::Result<Self> {
        let schema = Arc::new(schema);
        let target = match out {
            Some(path) if !is_special(path) => {
                Target::Parts { path: path.to_owned(), whole: WholeFile::create(path)?, parts: Vec::new() }
            }
            Some(path) => Target::Stream(Box::new(writer(Box::new(BufWriter::new(File::create(path)?)), &schema)?)),
            None => Target::Stream(Box::new(writer(Box::new(BufWriter::new(io::stdout())), &schema)?)),
        };
        Ok(Self { schema, target })
    }

    /// Writes a row group, whose columns `write` adds in order. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub(crate) fn write_group(
        &mut self,
        write: impl FnOnce(&mut Group<'_>) -> Result<(), ParquetError>,
    ) -> io::Result<()> {
        match &mut self.target {
            Target::Stream(file) => {
                add_group(file, write)?;
                file.flush()
            }
            Target::Parts { path, parts, .. } => {
                let part = free_part(path, parts.len());
                let mut whole = WholeFile::create(&part)?;
                write_to(&mut whole, &self.schema, |file| add_group(file, write))?;
                whole.finish()?;
                parts.push(part);
                Ok(())
            }
        }
    }

    /// Joins the parts and gives the table its name. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written; the parts stay.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self.target {
            Target::Stream(file) => file.into_inner().map_err(io_error).and_then(|mut out| out.flush()),
            Target::Parts { path, parts, .. } if parts.len() == 1 => fs::rename(&parts[0], path),
            Target::Parts { mut whole, parts, .. } => {
                write_to(&mut whole, &self.schema, |file| parts.iter().try_for_each(|part| merge::append(file, part)))?;
                whole.finish()?;
                parts.iter().try_for_each(fs::remove_file)
            }
        }
    }

    /// Ends an incomplete table: returns its parts, which stay where they are, or completes a stream. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub(crate) fn finish_partial(self) -> io::Result<Vec<PathBuf>> {
        match self.target {
            Target::Parts { parts, .. } => Ok(parts),
            Target::Stream(_) => self.finish().map(|()| Vec::new()),
        }
    }
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

fn writer(out: Out, schema: &TypePtr) -> io::Result<SerializedFileWriter<Out>> {
    let properties = Arc::new(WriterProperties::builder().build());
    SerializedFileWriter::new(out, Arc::clone(schema), properties).map_err(io_error)
}

/// Writes a complete Parquet file whose row groups `fill` adds.
fn write_to(
    whole: &mut WholeFile,
    schema: &TypePtr,
    fill: impl FnOnce(&mut SerializedFileWriter<Out>) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = writer(Box::new(whole.handle()?), schema)?;
    fill(&mut file)?;
    file.into_inner().map_err(io_error)?.flush()
}

fn add_group(
    file: &mut SerializedFileWriter<Out>,
    write: impl FnOnce(&mut Group<'_>) -> Result<(), ParquetError>,
) -> io::Result<()> {
    let mut group = file.next_row_group().map_err(io_error)?;
    write(&mut group).map_err(io_error)?;
    group.close().map_err(io_error).map(drop)
}

/// Whether a path is a pipe or a device, which cannot be renamed or replaced.
fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Returns the first unused path of a part after `written` parts. Parts of an earlier run stay.
fn free_part(path: &Path, written: usize) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_owned();
    let is_parquet = path.extension().is_some_and(|extension| extension == "parquet");
    let stem = if is_parquet { path.file_stem().unwrap_or_default().to_owned() } else { name };
    let part = |number: usize| {
        let mut name = stem.clone();
        name.push(format!(".part{number:04}.parquet"));
        path.with_file_name(name)
    };
    (written + 1..).map(part).find(|part| !part.exists()).unwrap_or_default()
}
