//! Parquet table of descriptors: one row per file or window, one column per name of the layout.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_descriptors::{LeafType, Pool, Value};
use parquet::basic::{LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};

use super::Description;
use super::descriptor_rows::{DESCRIPTORS_SCHEMA, number, numbers, text};
use crate::parquet_file::{Group, ParquetFile, column, io_error};
use crate::path_text::PathText;
use crate::provenance::Provenance;
use crate::table::metadata;

/// Number of rows of a row group.
const GROUP_ROWS: usize = 256;

/// Row of a table.
struct Row {
    path: PathText,
    window_s: Option<(f64, f64)>,
    pool: Pool,
}

/// Writer of a Parquet table.
pub(super) struct ParquetTable {
    file: ParquetFile,
    columns: BTreeMap<String, LeafType>,
    rows: Vec<Row>,
}

impl ParquetTable {
    /// Creates a table with these columns beside path and window at `out` (default: standard output).
    pub(super) fn create(
        out: Option<&Path>,
        columns: BTreeMap<String, LeafType>,
        origin: &Provenance,
    ) -> io::Result<Self> {
        let file =
            ParquetFile::create(out, schema(&columns).map_err(io_error)?, metadata(DESCRIPTORS_SCHEMA, Some(origin)))?;
        Ok(Self { file, columns, rows: Vec::new() })
    }

    /// Adds a row. Values without a column are not written.
    pub(super) fn push(&mut self, path: &Path, description: &Description) -> io::Result<()> {
        self.rows.push(Row {
            path: PathText::new(path),
            window_s: description.window_s,
            pool: description.pool.clone(),
        });
        if self.rows.len() < GROUP_ROWS {
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
        let rows = std::mem::take(&mut self.rows);
        let columns = &self.columns;
        if rows.is_empty() { Ok(()) } else { self.file.write_group(|group| write_rows(group, columns, &rows)) }
    }
}

fn write_rows(group: &mut Group<'_>, columns: &BTreeMap<String, LeafType>, rows: &[Row]) -> Result<(), ParquetError> {
    let paths: Vec<ByteArray> = rows.iter().map(|row| row.path.path.as_str().into()).collect();
    column::<ByteArrayType>(group, &paths, (None, None))?;
    for pick in [|window: (f64, f64)| window.0, |window: (f64, f64)| window.1] {
        let times: Vec<Option<f64>> = rows.iter().map(|row| row.window_s.map(pick)).collect();
        write_optional::<DoubleType>(group, &times)?;
    }
    for (name, leaf) in columns {
        let values: Vec<Option<&Value>> = rows.iter().map(|row| row.pool.get(name)).collect();
        match leaf {
            LeafType::Number => {
                let numbers: Vec<Option<f64>> = values.iter().map(|value| number((*value)?)).collect();
                write_optional::<DoubleType>(group, &numbers)?;
            }
            LeafType::Vector | LeafType::Matrix => write_lists(group, &values)?,
            LeafType::Text => {
                let texts: Vec<Option<ByteArray>> =
                    values.iter().map(|value| text((*value)?).map(|text| text.as_str().into())).collect();
                write_optional::<ByteArrayType>(group, &texts)?;
            }
        }
    }
    let bytes: Vec<_> = rows.iter().map(|row| row.path.path_bytes.as_deref().map(ByteArray::from)).collect();
    write_optional::<ByteArrayType>(group, &bytes)
}

/// Returns the root type of a table: path, start and end of the window, the columns, and the bytes of the path.
fn schema(columns: &BTreeMap<String, LeafType>) -> Result<Type, ParquetError> {
    let path = text_field("path", Repetition::REQUIRED)?;
    let times = ["start_s", "end_s"].map(|name| number_field(name, Repetition::OPTIONAL));
    let fields = columns.iter().map(|(name, leaf)| match leaf {
        LeafType::Number => number_field(name, Repetition::OPTIONAL),
        LeafType::Vector | LeafType::Matrix => list_field(name),
        LeafType::Text => text_field(name, Repetition::OPTIONAL),
    });
    let path_bytes = text_field("path_bytes", Repetition::OPTIONAL);
    let fields = [Ok(path)].into_iter().chain(times).chain(fields).chain([path_bytes]);
    Type::group_type_builder("descriptors").with_fields(fields.collect::<Result<_, _>>()?).build()
}

fn number_field(name: &str, repetition: Repetition) -> Result<TypePtr, ParquetError> {
    Type::primitive_type_builder(name, PhysicalType::DOUBLE).with_repetition(repetition).build().map(Arc::new)
}

fn text_field(name: &str, repetition: Repetition) -> Result<TypePtr, ParquetError> {
    let builder = Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY).with_repetition(repetition);
    builder.with_logical_type(Some(LogicalType::String)).build().map(Arc::new)
}

fn list_field(name: &str) -> Result<TypePtr, ParquetError> {
    let element = number_field("element", Repetition::REQUIRED)?;
    let list =
        Type::group_type_builder("list").with_repetition(Repetition::REPEATED).with_fields(vec![element]).build()?;
    let builder = Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL);
    builder.with_logical_type(Some(LogicalType::List)).with_fields(vec![Arc::new(list)]).build().map(Arc::new)
}

fn write_optional<T: DataType>(group: &mut Group<'_>, values: &[Option<T::T>]) -> Result<(), ParquetError> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<T::T> = values.iter().flatten().cloned().collect();
    column::<T>(group, &present, (Some(&levels), None))
}

fn write_lists(group: &mut Group<'_>, values: &[Option<&Value>]) -> Result<(), ParquetError> {
    let (mut definition, mut repetition, mut present) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let list = value.and_then(numbers);
        // 0: no list, 1: an empty list, 2: an element.
        let level = list.as_ref().map_or(0, |list| if list.is_empty() { 1 } else { 2 });
        definition.extend(vec![level; list.as_ref().map_or(1, |list| list.len().max(1))]);
        repetition.push(0);
        let list = list.unwrap_or_default();
        repetition.extend(vec![1; list.len().saturating_sub(1)]);
        present.extend(list);
    }
    column::<DoubleType>(group, &present, (Some(&definition), Some(&repetition)))
}
