//! Table with one row per file.

use arrow_array::RecordBatch;
use earmark_files::model_columns::ModelColumns;
use earmark_files::table::{FILES_SCHEMA, FileRow, files_table, metadata};
use earmark_files::tag::TaggedFile;
use pyo3::prelude::*;

use crate::arrow_stream::table_error;

/// Returns the table with these rows, and the columns of the models of `reports`. Its metadata has the origin of the reports,
/// if it is one for all.
pub(crate) fn batch(rows: &[FileRow<'_>], reports: &[&TaggedFile]) -> PyResult<RecordBatch> {
    let mut models: Vec<ModelColumns> = Vec::new();
    for model in reports.iter().flat_map(|file| &file.report.models) {
        if !models.iter().any(|known| known.id == model.id) {
            models.push(ModelColumns::of_report(model));
        }
    }
    let origin = reports.first().and_then(|first| first.provenance.as_ref());
    let origin = origin.filter(|origin| reports.iter().all(|file| file.provenance.as_ref() == Some(origin)));
    files_table(rows, &models, metadata(FILES_SCHEMA, origin)).map_err(|error| table_error(&error))
}
