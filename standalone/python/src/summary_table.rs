//! Table with one row per file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{FixedSizeListBuilder, Float32Builder};
use arrow_array::{ArrayRef, Float32Array, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use earmark_models::report::FileReport;
use pyo3::prelude::*;

use crate::arrow_stream::table_error;
use crate::patch_table::list_len;
use crate::tempo::PyTempo;

/// Schema of the tables, in their metadata.
const SCHEMA: &str = "earmark-summary/1";

/// Row of a table: the report of a file, or its error.
pub(crate) struct SummaryRow<'a> {
    path: &'a str,
    report: Option<&'a FileReport>,
    error: Option<&'a str>,
}

impl<'a> SummaryRow<'a> {
    /// Creates the row of a report.
    pub(crate) fn of(report: &'a FileReport) -> Self {
        Self { path: &report.path, report: Some(report), error: None }
    }

    /// Creates the row of a file that could not be analyzed.
    pub(crate) fn failed(path: &'a str, error: &'a str) -> Self {
        Self { path, report: None, error: Some(error) }
    }
}

/// Returns the table with the columns `path`, `duration_s`, `sample_rate_hz`, `channels`, `bpm`, `bpm_confidence`, `error`, and one
/// column for each model with labels: the means, as a list of fixed size, or null for silence and files that are too short.
pub(crate) fn batch(rows: &[SummaryRow<'_>]) -> PyResult<RecordBatch> {
    let mut models: Vec<(&str, &[String])> = Vec::new();
    for model in rows.iter().filter_map(|row| row.report).flat_map(|report| &report.models) {
        if let Some(labelled) = model.output.labelled()
            && !models.iter().any(|(id, _)| *id == model.id)
        {
            models.push((&model.id, &labelled.labels));
        }
    }
    let optional = |name: &str, kind| Field::new(name, kind, true);
    let mut fields = vec![
        Field::new("path", DataType::Utf8, false),
        optional("duration_s", DataType::Float64),
        optional("sample_rate_hz", DataType::Float64),
        optional("channels", DataType::UInt32),
        optional("bpm", DataType::Float32),
        optional("bpm_confidence", DataType::Float32),
        optional("error", DataType::Utf8),
    ];
    let reports = || rows.iter().map(|row| row.report);
    let tempi: Vec<_> = reports().map(|report| report.and_then(PyTempo::of).map(|tempo| tempo.numbers())).collect();
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(row.path)).collect::<StringArray>()),
        Arc::new(reports().map(|report| report.map(|report| report.duration_s)).collect::<Float64Array>()),
        Arc::new(reports().map(|report| report.map(|report| report.sample_rate_hz)).collect::<Float64Array>()),
        Arc::new(reports().map(|report| report.map(|report| report.channels as u32)).collect::<UInt32Array>()),
        Arc::new(tempi.iter().map(|tempo| tempo.map(|(bpm, _)| bpm)).collect::<Float32Array>()),
        Arc::new(tempi.iter().map(|tempo| tempo.map(|(_, confidence)| confidence)).collect::<Float32Array>()),
        Arc::new(rows.iter().map(|row| row.error).collect::<StringArray>()),
    ];
    for (id, labels) in models {
        let item = Arc::new(Field::new("item", DataType::Float32, false));
        let width = list_len(labels.len());
        let mut list = FixedSizeListBuilder::new(Float32Builder::new(), width).with_field(Arc::clone(&item));
        for report in reports() {
            let model = report.and_then(|report| report.models.iter().find(|model| model.id == id));
            let mean = model.and_then(|model| model.output.labelled()?.mean.as_deref());
            let mean = mean.filter(|mean| mean.len() == labels.len());
            match mean {
                Some(mean) => list.values().append_slice(mean),
                None => list.values().append_slice(&vec![0.0; labels.len()]),
            }
            list.append(mean.is_some());
        }
        columns.push(Arc::new(list.finish()));
        let field = Field::new(id, DataType::FixedSizeList(item, width), true);
        fields.push(field.with_metadata(HashMap::from([("labels".to_owned(), labels.join("\n"))])));
    }
    let schema = Schema::new(fields).with_metadata(HashMap::from([("schema".to_owned(), SCHEMA.to_owned())]));
    RecordBatch::try_new(Arc::new(schema), columns).map_err(|error| table_error(&error))
}
