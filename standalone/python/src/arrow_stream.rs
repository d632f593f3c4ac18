//! Tables as Arrow C streams, which pyarrow, polars, pandas and DuckDB read without a copy.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::{ArrowError, Schema};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::ErrorClass;

/// Returns the exception for an error of a table.
pub(crate) fn table_error(error: &ArrowError) -> PyErr {
    ErrorClass::Argument.error(&format!("cannot make the table: {error}"))
}

/// Returns a stream of one table in the capsule that Arrow's PyCapsule interface names.
pub(crate) fn capsule(py: Python<'_>, batch: RecordBatch) -> PyResult<Bound<'_, PyCapsule>> {
    capsule_of(py, vec![batch])
}

/// Returns a stream of the parts of a table, at least one, which have one schema.
pub(crate) fn capsule_of(py: Python<'_>, batches: Vec<RecordBatch>) -> PyResult<Bound<'_, PyCapsule>> {
    let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let reader = RecordBatchIterator::new(batches.into_iter().map(Ok), schema);
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
}
