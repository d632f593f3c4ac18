//! Table with one row per patch.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float32Array, Float64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use earmark_models::report::ModelOutput;

use super::columns::{FILE_FIELDS, file_columns, list_field, lists};
use crate::model_columns::{ColumnKind, ModelColumns};
use crate::tag::TaggedFile;

/// Schema of the table, in its metadata.
pub const PATCHES_SCHEMA: &str = "earmark-predictions/1";

/// Prediction of one model for one patch.
struct PatchRow<'a> {
    file: &'a TaggedFile,
    model: &'a str,
    span: (f64, f64),
    silent: bool,
    bpm: Option<f32>,
    hz: Option<f32>,
    confidence: Option<f32>,
    values: Option<&'a [f32]>,
}

/// Returns the columns of a table: `path`, `model`, `start_s`, `end_s`, `silent`, `bpm`, `hz` and `confidence`, of each model
/// with labels `MODEL`, the values as a list of fixed size with the labels in its metadata, then facts about the file and
/// `path_bytes`.
#[must_use]
pub fn patch_fields(models: &[ModelColumns]) -> Vec<Field> {
    let optional = |name: &str, kind| Field::new(name, kind, true);
    let mut fields = vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("model", DataType::Utf8, false),
        Field::new("start_s", DataType::Float64, false),
        Field::new("end_s", DataType::Float64, false),
        Field::new("silent", DataType::Boolean, false),
    ];
    fields.extend(["bpm", "hz", "confidence"].map(|name| optional(name, DataType::Float32)));
    for model in models {
        if let ColumnKind::Labels(labels) = &model.kind {
            fields.push(list_field(&model.id, labels.len(), labels, true));
        }
    }
    fields.extend(FILE_FIELDS.map(|(name, kind)| optional(name, kind)));
    fields.push(optional("path_bytes", DataType::Utf8));
    fields
}

/// Returns a table with the predictions of these files and the columns of [`patch_fields`]. Values of silence, and of other
/// models than that of the row, are null.
///
/// # Errors
/// If a column has too many values for a table in memory.
pub fn patches_table(
    files: &[TaggedFile],
    models: &[ModelColumns],
    metadata: HashMap<String, String>,
) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<PatchRow<'_>> = files.iter().flat_map(rows_of).collect();
    let numbers = |pick: fn(&PatchRow<'_>) -> Option<f32>| -> ArrayRef {
        Arc::new(rows.iter().map(pick).collect::<Float32Array>())
    };
    let times = |pick: fn(&PatchRow<'_>) -> f64| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(pick(row))).collect::<Float64Array>())
    };
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| Some(&*row.file.report.path)).collect::<StringArray>()),
        Arc::new(rows.iter().map(|row| Some(row.model)).collect::<StringArray>()),
        times(|row| row.span.0),
        times(|row| row.span.1),
        Arc::new(rows.iter().map(|row| Some(row.silent)).collect::<BooleanArray>()),
        numbers(|row| row.bpm),
        numbers(|row| row.hz),
        numbers(|row| row.confidence),
    ];
    for model in models {
        if let ColumnKind::Labels(labels) = &model.kind {
            let values = rows.iter().map(|row| row.values.filter(|_| row.model == model.id));
            columns.push(lists(values, labels.len()));
        }
    }
    columns.extend(file_columns(rows.iter().map(|row| (Some(&row.file.report), row.file.file.as_ref()))));
    columns.push(Arc::new(rows.iter().map(|row| row.file.report.path_bytes.as_deref()).collect::<StringArray>()));
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(patch_fields(models), metadata)), columns)
}

fn rows_of(file: &TaggedFile) -> Vec<PatchRow<'_>> {
    let mut rows = Vec::new();
    for report in &file.report.models {
        let row = |span, silent| {
            let (model, values) = (&*report.id, None);
            PatchRow { file, model, span, silent, bpm: None, hz: None, confidence: None, values }
        };
        match &report.output {
            ModelOutput::Tempo { predictions, .. } => rows.extend(predictions.iter().map(|patch| {
                let (bpm, confidence) = (patch.bpm, patch.confidence);
                PatchRow { bpm, confidence, ..row((patch.start_s, patch.end_s), patch.silent) }
            })),
            ModelOutput::Pitch { predictions, .. } => rows.extend(predictions.iter().map(|patch| {
                let (hz, confidence) = (patch.hz, patch.confidence);
                PatchRow { hz, confidence, ..row((patch.start_s, patch.end_s), patch.silent) }
            })),
            output => {
                rows.extend(output.labelled().into_iter().flat_map(|labelled| &labelled.predictions).map(|patch| {
                    let values = patch.values.as_deref();
                    PatchRow { values, ..row((patch.start_s, patch.end_s), patch.silent) }
                }))
            }
        }
    }
    rows
}
