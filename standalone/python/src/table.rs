//! Tables of several results.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use earmark_files::table::{FileRow, metadata};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::arguments::{wrong_type, wrong_value};
use crate::arrow_stream::{self, table_error};
use crate::embedding::PyEmbedding;
use crate::file_failure::PyFileFailure;
use crate::frames::data_frame;
use crate::patch_table;
use crate::report::PyReport;
use crate::summary_table;

/// Table of results, which pyarrow, polars, pandas and DuckDB read through the Arrow PyCapsule interface.
#[pyclass(frozen, name = "Table", module = "earmark")]
#[derive(Debug)]
pub(crate) struct PyTable {
    batches: Vec<RecordBatch>,
}

#[pymethods]
impl PyTable {
    #[getter]
    fn columns(&self) -> Vec<String> {
        let fields = self.batches.first().map(|batch| batch.schema().fields().clone());
        fields.iter().flatten().map(|field| field.name().clone()).collect()
    }

    /// Return the values as a data frame of pandas, which must be installed.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_pandas", slf.as_any())
    }

    /// Return the values as a data frame of polars, which must be installed.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_polars", slf.as_any())
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn __repr__(&self) -> String {
        format!("<earmark.Table {} x {}>", self.__len__(), self.columns().len())
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        arrow_stream::capsule_of(py, self.batches.clone())
    }
}

/// Make a table of results: of reports, one row per file, or of embeddings, one row per patch.
///
/// The results are a list of `Report`, `FileFailure` or `Embedding`, or the pairs that `tag_files` and `embed_files` give.
/// The column `error` has the message of a `FileFailure`. The table of embeddings shares their memory.
///
/// >>> import earmark as em
/// >>> em.table([em.embed(tune)]).columns
/// ['path', 'model', 'start_s', 'end_s', 'silent', 'values']
/// >>> em.table(em.tag_files([tune], models="msd-musicnn")).columns[-1]
/// 'msd-musicnn'
#[pyfunction]
pub(crate) fn table(py: Python<'_>, results: &Bound<'_, PyAny>) -> PyResult<PyTable> {
    let expected = "Report, FileFailure or Embedding";
    let (mut reports, mut failures, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    // Reports and failures by their order.
    let mut order = Vec::new();
    let items = results.try_iter().map_err(|_| wrong_type("the results", "a sequence of results", results))?;
    for item in items {
        let item = item?;
        let item = match item.cast::<PyTuple>() {
            Ok(pair) if pair.len() == 2 => pair.get_item(1)?,
            _ => item,
        };
        if let Ok(embedding) = item.cast::<PyEmbedding>() {
            batches.push(embedding.get().batch()?);
        } else if let Ok(report) = item.cast::<PyReport>() {
            order.push((true, reports.len()));
            reports.push(report.clone().unbind());
        } else if let Ok(failure) = item.cast::<PyFileFailure>() {
            order.push((false, failures.len()));
            failures.push(failure.get().texts(py));
        } else {
            return Err(wrong_type("a result", expected, &item));
        }
    }
    if batches.is_empty() {
        let row = |&(is_report, at): &(bool, usize)| match (reports.get(at), failures.get(at)) {
            (Some(report), _) if is_report => FileRow::of(report.get().data()),
            (_, Some((path, error))) => FileRow::failed(path, error),
            _ => FileRow::failed("", ""),
        };
        let rows: Vec<_> = order.iter().map(row).collect();
        let reports: Vec<_> = reports.iter().map(|report| report.get().data()).collect();
        return Ok(PyTable { batches: vec![summary_table::batch(&rows, &reports)?] });
    }
    if !order.is_empty() {
        return Err(wrong_value("the results", "embeddings only", "embeddings and other results"));
    }
    Ok(PyTable { batches: joined(batches)? })
}

/// Returns tables with one schema. The origin stays in the metadata if it is one for all.
fn joined(batches: Vec<RecordBatch>) -> PyResult<Vec<RecordBatch>> {
    let schemas = batches.iter().map(RecordBatch::schema).collect::<Vec<_>>();
    if schemas.iter().any(|schema| schema.fields() != schemas[0].fields()) {
        return Err(wrong_value("the results", "embeddings of one width", "several widths"));
    }
    if schemas.iter().all(|schema| *schema == schemas[0]) {
        return Ok(batches);
    }
    let schema = Schema::new_with_metadata(schemas[0].fields().clone(), metadata(patch_table::SCHEMA, None));
    let schema = Arc::new(schema);
    // The metadata of the tables differ, so their schema cannot be replaced in place.
    let joined = batches.into_iter().map(|batch| RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()));
    joined.collect::<Result<_, _>>().map_err(|error| table_error(&error))
}
