//! Table with one row per patch.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, Float64Array, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema};
use earmark_files::provenance::Provenance;
use earmark_files::table::{list_len, metadata};
use pyo3::prelude::*;

use crate::arrow_stream::table_error;
use crate::shared_values::SharedValues;

/// Schema of the tables, in their metadata.
pub(crate) const SCHEMA: &str = "earmark-embeddings/1";

/// Columns of a table.
pub(crate) struct PatchRows<'a> {
    pub(crate) path: &'a str,
    pub(crate) model: &'a str,
    /// Origin of the values.
    pub(crate) origin: Option<&'a Provenance>,
    /// Names of the values, in the metadata of the column `values`; none for an embedding.
    pub(crate) labels: &'a [String],
    /// Start and end of each patch in seconds.
    pub(crate) spans: &'a [SharedValues; 2],
    pub(crate) silent: &'a SharedValues,
    pub(crate) values: &'a SharedValues,
    /// Number of values of a patch.
    pub(crate) width: usize,
}

/// Returns the table with the columns `path`, `model`, `start_s`, `end_s`, `silent` and `values`, a list of fixed size, which
/// shares the memory of the values.
pub(crate) fn batch(rows: &PatchRows<'_>) -> PyResult<RecordBatch> {
    let len = rows.silent.len();
    let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; len])) };
    let [start, end] = rows.spans;
    let times = |times: &SharedValues| -> ArrayRef { Arc::new(Float64Array::new(times.buffer(), None)) };
    let flags: ScalarBuffer<u8> = rows.silent.buffer();
    let silent: ArrayRef = Arc::new(BooleanArray::new(BooleanBuffer::collect_bool(len, |at| flags[at] != 0), None));
    let (item, width) = (Arc::new(Field::new("item", DataType::Float32, false)), rows.width);
    let values = list(&item, width, len, rows.values)?;
    let labels = (!rows.labels.is_empty()).then(|| ("labels".to_owned(), rows.labels.join("\n")));
    let list = Field::new("values", DataType::FixedSizeList(item, list_len(width)), false);
    let schema = Schema::new(vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("model", DataType::Utf8, false),
        Field::new("start_s", DataType::Float64, false),
        Field::new("end_s", DataType::Float64, false),
        Field::new("silent", DataType::Boolean, false),
        list.with_metadata(labels.into_iter().collect::<HashMap<_, _>>()),
    ]);
    let schema = schema.with_metadata(metadata(SCHEMA, rows.origin));
    let columns = vec![text(rows.path), text(rows.model), times(start), times(end), silent, values];
    RecordBatch::try_new(Arc::new(schema), columns).map_err(|error| table_error(&error))
}

fn list(item: &Arc<Field>, width: usize, len: usize, values: &SharedValues) -> PyResult<ArrayRef> {
    let values: ArrayRef = Arc::new(Float32Array::new(values.buffer(), None));
    let list = FixedSizeListArray::try_new_with_length(Arc::clone(item), list_len(width), values, None, len);
    Ok(Arc::new(list.map_err(|error| table_error(&error))?))
}
