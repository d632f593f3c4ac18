//! Parquet table in a file, a pipe or on standard output.

mod earlier;
mod io_error;
mod merge;
mod part_path;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowSchemaConverter, encode_arrow_schema};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use self::earlier::EarlierParts;
use self::part_path::part_path;
use crate::earlier_results::EarlierResults;
use crate::error::FileError;
use crate::provenance::Provenance;
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
    layout: Layout,
    target: Target,
}

/// Columns and metadata of a table.
struct Layout {
    schema: TypePtr,
    metadata: Vec<KeyValue>,
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
    /// Opens a table with the columns of the root type `schema` and this metadata at `out` (default: standard output). Blocks.
    ///
    /// # Errors
    /// If the destination cannot be opened.
    pub(crate) fn create(out: Option<&Path>, schema: Type, metadata: HashMap<String, String>) -> io::Result<Self> {
        let layout = Layout { schema: Arc::new(schema), metadata: key_values(metadata) };
        Self::open(out, layout, Vec::new())
    }

    /// Opens a table with the columns and the metadata of `schema` at `out` (default: standard output). With `is_continued`, it
    /// has the rows of an earlier run, whose files are returned. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be opened, or the earlier run had other columns or settings than those of `origin`.
    pub(crate) fn create_table(
        out: Option<&Path>,
        schema: &Schema,
        origin: &Provenance,
        is_continued: bool,
    ) -> Result<(Self, EarlierResults), FileError> {
        let parts = match out.filter(|_| is_continued) {
            Some(path) => EarlierParts::find(path, schema, origin)?,
            None => EarlierParts::default(),
        };
        let earlier = parts.results();
        let file = Self::open_table(out, schema, parts.into_files()).map_err(|error| FileError::Open {
            name: out.map_or("standard output".into(), |out| out.display().to_string()),
            error,
        })?;
        Ok((file, earlier))
    }

    fn open_table(out: Option<&Path>, schema: &Schema, parts: Vec<PathBuf>) -> io::Result<Self> {
        let root = ArrowSchemaConverter::new().schema_root("earmark").convert(schema).map_err(io_error)?;
        let mut metadata = key_values(HashMap::from(&schema.metadata));
        // Readers of Arrow find there that lists have a fixed size, and take the metadata from there, too.
        metadata.push(KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), encode_arrow_schema(schema)));
        Self::open(out, Layout { schema: root.root_schema_ptr(), metadata }, parts)
    }

    fn open(out: Option<&Path>, layout: Layout, parts: Vec<PathBuf>) -> io::Result<Self> {
        let target = match out {
            Some(path) if !is_special(path) => {
                Target::Parts { path: path.to_owned(), whole: WholeFile::create(path)?, parts }
            }
            Some(path) => Target::Stream(Box::new(writer(Box::new(BufWriter::new(File::create(path)?)), &layout)?)),
            None => Target::Stream(Box::new(writer(Box::new(BufWriter::new(io::stdout())), &layout)?)),
        };
        Ok(Self { layout, target })
    }

    /// Writes a row group, whose columns `write` adds in order. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub(crate) fn write_group(
        &mut self,
        write: impl FnOnce(&mut Group<'_>) -> Result<(), ParquetError>,
    ) -> io::Result<()> {
        self.write_with(|file| add_group(file, write))
    }

    /// Writes the rows of a table in memory, which has the columns of this one, as a row group. Blocks.
    ///
    /// # Errors
    /// If the destination cannot be written.
    pub(crate) fn write_batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.write_with(|file| {
            let columns = ArrowRowGroupWriterFactory::new(file, batch.schema());
            let number = file.flushed_row_groups().len();
            let mut writers = columns.create_column_writers(number).map_err(io_error)?.into_iter();
            add_group(file, |group| {
                for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                    for leaf in compute_leaves(field, column)? {
                        let Some(mut writer) = writers.next() else {
                            return Err(ParquetError::General("expected a writer for each column, got none".into()));
                        };
                        writer.write(&leaf)?;
                        writer.close()?.append_to_row_group(group)?;
                    }
                }
                Ok(())
            })
        })
    }

    fn write_with(&mut self, write: impl FnOnce(&mut SerializedFileWriter<Out>) -> io::Result<()>) -> io::Result<()> {
        match &mut self.target {
            Target::Stream(file) => {
                write(file)?;
                file.flush()
            }
            Target::Parts { path, parts, .. } => {
                let part = free_part(path, parts.len());
                let mut whole = WholeFile::create(&part)?;
                write_to(&mut whole, &self.layout, write)?;
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
            Target::Parts { path, mut whole, parts } => {
                write_to(&mut whole, &self.layout, |file| parts.iter().try_for_each(|part| merge::append(file, part)))?;
                whole.finish()?;
                // The table of an earlier run is one of the parts.
                parts.iter().filter(|part| **part != path).try_for_each(fs::remove_file)
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

fn key_values(metadata: HashMap<String, String>) -> Vec<KeyValue> {
    let mut metadata: Vec<KeyValue> = metadata.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect();
    metadata.sort_by(|a, b| a.key.cmp(&b.key));
    metadata
}

fn writer(out: Out, layout: &Layout) -> io::Result<SerializedFileWriter<Out>> {
    let properties = WriterProperties::builder().set_key_value_metadata(Some(layout.metadata.clone())).build();
    SerializedFileWriter::new(out, Arc::clone(&layout.schema), Arc::new(properties)).map_err(io_error)
}

/// Writes a complete Parquet file whose row groups `fill` adds.
fn write_to(
    whole: &mut WholeFile,
    layout: &Layout,
    fill: impl FnOnce(&mut SerializedFileWriter<Out>) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = writer(Box::new(whole.handle()?), layout)?;
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
    (written + 1..).map(|number| part_path(path, number)).find(|part| !part.exists()).unwrap_or_default()
}
