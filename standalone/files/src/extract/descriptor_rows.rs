//! Table of descriptors in memory: one row per file or window, one column per name of the layout.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, ListBuilder};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use earmark_descriptors::{LeafType, Value};

use super::Description;
use crate::path_text::PathText;

/// Version of the columns, in the metadata of the table.
pub const DESCRIPTORS_SCHEMA: &str = "earmark-descriptors/1";

/// Returns the columns of a table: `path`, `start_s` and `end_s` of the window, the descriptors, and `path_bytes`.
#[must_use]
pub fn descriptor_fields(columns: &BTreeMap<String, LeafType>) -> Vec<Field> {
    let optional = |name: &str, kind| Field::new(name, kind, true);
    let times = ["start_s", "end_s"].map(|name| optional(name, DataType::Float64));
    let leaves = columns.iter().map(|(name, leaf)| match leaf {
        LeafType::Number => optional(name, DataType::Float64),
        LeafType::Vector | LeafType::Matrix => optional(name, DataType::List(element_field())),
        LeafType::Text => optional(name, DataType::Utf8),
    });
    let path = Field::new("path", DataType::Utf8, false);
    [path].into_iter().chain(times).chain(leaves).chain([optional("path_bytes", DataType::Utf8)]).collect()
}

/// Returns a table with these descriptions, each of the file with its path, and the columns of [`descriptor_fields`]. Values
/// without a column are left out.
///
/// # Errors
/// If a column has too many values for a table in memory.
pub fn descriptors_table(
    rows: &[(&Path, &Description)],
    columns: &BTreeMap<String, LeafType>,
    metadata: HashMap<String, String>,
) -> Result<RecordBatch, ArrowError> {
    let names: Vec<PathText> = rows.iter().map(|(path, _)| PathText::new(path)).collect();
    let times = |pick: fn((f64, f64)) -> f64| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, row)| row.window_s.map(pick)).collect::<Float64Array>())
    };
    let mut arrays: Vec<ArrayRef> = vec![
        Arc::new(names.iter().map(|name| Some(&*name.path)).collect::<StringArray>()),
        times(|window| window.0),
        times(|window| window.1),
    ];
    for (name, leaf) in columns {
        let values = rows.iter().map(|(_, row)| row.pool.get(name));
        arrays.push(match leaf {
            LeafType::Number => Arc::new(values.map(|value| number(value?)).collect::<Float64Array>()),
            LeafType::Vector | LeafType::Matrix => lists(values.map(|value| numbers(value?))),
            LeafType::Text => Arc::new(values.map(|value| text(value?)).collect::<StringArray>()),
        });
    }
    arrays.push(Arc::new(names.iter().map(|name| name.path_bytes.as_deref()).collect::<StringArray>()));
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(descriptor_fields(columns), metadata)), arrays)
}

fn element_field() -> Arc<Field> {
    Arc::new(Field::new("element", DataType::Float64, false))
}

fn lists(rows: impl Iterator<Item = Option<Vec<f64>>>) -> ArrayRef {
    let mut lists = ListBuilder::new(Float64Builder::new()).with_field(element_field());
    for row in rows {
        lists.values().append_slice(row.as_deref().unwrap_or_default());
        lists.append(row.is_some());
    }
    Arc::new(lists.finish())
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Vector(vector) => Some(vector.clone()),
        Value::Matrix(rows) => Some(rows.concat()),
        _ => None,
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Texts(texts) => Some(texts.join("; ")),
        _ => None,
    }
}
