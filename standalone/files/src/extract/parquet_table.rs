//! Parquet table of descriptors: one row per file or window, one column per name of the layout.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use earmark_descriptors::{Pool, Value};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType};
use parquet::errors::ParquetError;

use super::Description;
use crate::parquet_file::{self, File, Group, Out, column};

/// Number of rows of a row group.
const GROUP_ROWS: usize = 256;

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Number,
    /// Vector, or matrix row by row.
    Numbers,
    Text,
}

/// Row of a table.
struct Row {
    path: String,
    window_s: Option<(f64, f64)>,
    pool: Pool,
}

/// Writer of a Parquet table. The columns are those of the first row group: a name that a later file adds, such as a
/// tag that no earlier file has, is not written.
pub(super) struct ParquetTable {
    state: State,
    rows: Vec<Row>,
}

/// File of a table: the columns are known when the first rows are written.
enum State {
    Empty(Option<Out>),
    Open { file: Box<File>, columns: BTreeMap<String, Column> },
}

impl ParquetTable {
    /// Creates a table that is written to `out`.
    pub(super) fn new(out: Out) -> Self {
        Self { state: State::Empty(Some(out)), rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, path: &Path, description: &Description) -> io::Result<()> {
        let path = path.to_string_lossy().into_owned();
        self.rows.push(Row { path, window_s: description.window_s, pool: description.pool.clone() });
        if self.rows.len() < GROUP_ROWS {
            return Ok(());
        }
        self.flush().map_err(io::Error::other)
    }

    /// Writes the remaining rows and the footer.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush().map_err(io::Error::other)?;
        match self.state {
            State::Empty(_) => Ok(()),
            State::Open { file, .. } => parquet_file::finish(*file),
        }
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        if let State::Empty(out) = &mut self.state
            && let Some(out) = out.take()
        {
            let columns = columns(&self.rows);
            let file = Box::new(parquet_file::create(out, &schema(&columns))?);
            self.state = State::Open { file, columns };
        }
        let rows = std::mem::take(&mut self.rows);
        let State::Open { file, columns } = &mut self.state else { return Ok(()) };
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = file.next_row_group()?;
        let paths: Vec<ByteArray> = rows.iter().map(|row| row.path.as_str().into()).collect();
        column::<ByteArrayType>(&mut group, &paths, (None, None))?;
        for pick in [|window: (f64, f64)| window.0, |window: (f64, f64)| window.1] {
            let times: Vec<Option<f64>> = rows.iter().map(|row| row.window_s.map(pick)).collect();
            write_optional::<DoubleType>(&mut group, &times)?;
        }
        for (name, kind) in &*columns {
            let values: Vec<Option<&Value>> = rows.iter().map(|row| row.pool.get(name)).collect();
            match kind {
                Column::Number => {
                    let numbers: Vec<Option<f64>> = values.iter().map(|value| number((*value)?)).collect();
                    write_optional::<DoubleType>(&mut group, &numbers)?;
                }
                Column::Numbers => write_lists(&mut group, &values)?,
                Column::Text => {
                    let texts: Vec<Option<ByteArray>> =
                        values.iter().map(|value| text((*value)?).map(|text| text.as_str().into())).collect();
                    write_optional::<ByteArrayType>(&mut group, &texts)?;
                }
            }
        }
        group.close()?;
        Ok(())
    }
}

/// Returns the columns of all names with a value in `rows`.
fn columns(rows: &[Row]) -> BTreeMap<String, Column> {
    let mut columns = BTreeMap::new();
    for (name, value) in rows.iter().flat_map(|row| row.pool.iter()) {
        let column = match value {
            Value::Number(_) => Column::Number,
            Value::Vector(_) | Value::Matrix(_) => Column::Numbers,
            Value::Text(_) | Value::Texts(_) => Column::Text,
            // The type of a value that no file has cannot be known.
            Value::Null => continue,
        };
        columns.entry(name.to_owned()).or_insert(column);
    }
    columns
}

fn schema(columns: &BTreeMap<String, Column>) -> String {
    let mut schema = String::from(
        "message descriptors { required binary path (STRING); optional double start_s; optional double end_s; ",
    );
    for (name, column) in columns {
        let done = match column {
            Column::Number => write!(schema, "optional double {name}; "),
            Column::Numbers => {
                write!(schema, "optional group {name} (LIST) {{ repeated group list {{ required double element; }} }} ")
            }
            Column::Text => write!(schema, "optional binary {name} (STRING); "),
        };
        debug_assert!(done.is_ok());
    }
    schema + "}"
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Vector(vector) => Some(vector.clone()),
        Value::Matrix(rows) => Some(rows.concat()),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Texts(texts) => Some(texts.join("; ")),
        _ => None,
    }
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
