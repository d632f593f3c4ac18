//! Table with one row per file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use earmark_models::report::{FileReport, ModelOutput};

use super::columns::{FILE_FIELDS, file_columns, list_field, lists};
use crate::analyzed_file::AnalyzedFile;
use crate::model_columns::{ColumnKind, ModelColumns};
use crate::path_text::PathText;
use crate::tag::TaggedFile;

/// Schema of the table, in its metadata.
pub const FILES_SCHEMA: &str = "earmark-summary/1";

/// Row of a table: the report of a file, or its error.
#[derive(Debug, Clone)]
pub struct FileRow<'a> {
    path: PathText,
    report: Option<&'a FileReport>,
    file: Option<&'a AnalyzedFile>,
    error: Option<&'a str>,
}

impl<'a> FileRow<'a> {
    /// Creates the row of a report.
    #[must_use]
    pub fn of(tagged: &'a TaggedFile) -> Self {
        let report = &tagged.report;
        let path = PathText { path: report.path.clone(), path_bytes: report.path_bytes.clone() };
        Self { path, report: Some(report), file: tagged.file.as_ref(), error: None }
    }

    /// Creates the row of a file that could not be analyzed.
    #[must_use]
    pub fn failed(path: &str, error: &'a str) -> Self {
        let path = PathText { path: path.to_owned(), path_bytes: None };
        Self { path, report: None, file: None, error: Some(error) }
    }

    fn output(&self, model: &str) -> Option<&'a ModelOutput> {
        let report = self.report?.models.iter().find(|report| report.id == model)?;
        Some(&report.output)
    }
}

/// Returns the columns of a table: `path`, facts about the file, `bpm` and `bpm_confidence` of the first tempo model, `error`,
/// `path_bytes`, and of each model `MODEL`, the means as a list of fixed size with the labels in its metadata, `MODEL.bpm` and
/// `MODEL.confidence` of a further tempo model, or `MODEL.hz`.
#[must_use]
pub fn file_fields(models: &[ModelColumns]) -> Vec<Field> {
    let optional = |name: &str, kind| Field::new(name, kind, true);
    let mut fields = vec![Field::new("path", DataType::Utf8, false)];
    fields.extend(FILE_FIELDS.map(|(name, kind)| optional(name, kind)));
    fields.extend(["bpm", "bpm_confidence"].map(|name| optional(name, DataType::Float32)));
    fields.extend(["error", "path_bytes"].map(|name| optional(name, DataType::Utf8)));
    for (model, is_further_tempo) in numbered(models) {
        let number = |name: &str| optional(&format!("{}.{name}", model.id), DataType::Float32);
        match &model.kind {
            ColumnKind::Labels(labels) => fields.push(list_field(&model.id, labels.len(), labels, true)),
            ColumnKind::Tempo if is_further_tempo => fields.extend([number("bpm"), number("confidence")]),
            ColumnKind::Pitch => fields.push(number("hz")),
            ColumnKind::Tempo | ColumnKind::Nothing => {}
        }
    }
    fields
}

/// Returns a table with these rows and the columns of [`file_fields`]. Means of silence are null, and so are those of files
/// that are too short.
///
/// # Errors
/// If a column has too many values for a table in memory.
pub fn files_table(
    rows: &[FileRow<'_>],
    models: &[ModelColumns],
    metadata: HashMap<String, String>,
) -> Result<RecordBatch, ArrowError> {
    let texts = |texts: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
    let numbers = |numbers: Vec<Option<f32>>| -> ArrayRef { Arc::new(Float32Array::from(numbers)) };
    let of_tempo = |model: &str, pick: fn(&ModelOutput) -> Option<f32>| -> ArrayRef {
        numbers(rows.iter().map(|row| row.output(model).and_then(pick)).collect())
    };
    let mut columns = vec![texts(rows.iter().map(|row| Some(&*row.path.path)).collect())];
    columns.extend(file_columns(rows.iter().map(|row| (row.report, row.file))));
    let first_tempo = models.iter().find(|model| model.kind == ColumnKind::Tempo).map_or("", |model| &model.id);
    columns.extend([of_tempo(first_tempo, tempo_bpm), of_tempo(first_tempo, tempo_confidence)]);
    columns.push(texts(rows.iter().map(|row| row.error).collect()));
    columns.push(texts(rows.iter().map(|row| row.path.path_bytes.as_deref()).collect()));
    for (model, is_further_tempo) in numbered(models) {
        match &model.kind {
            ColumnKind::Labels(labels) => {
                let mean = |row: &FileRow<'_>| row.output(&model.id)?.labelled()?.mean.clone();
                let means: Vec<Option<Vec<f32>>> = rows.iter().map(mean).collect();
                columns.push(lists(means.iter().map(Option::as_deref), labels.len()));
            }
            ColumnKind::Tempo if is_further_tempo => {
                columns.extend([of_tempo(&model.id, tempo_bpm), of_tempo(&model.id, tempo_confidence)]);
            }
            ColumnKind::Pitch => columns.push(of_tempo(&model.id, pitch_hz)),
            ColumnKind::Tempo | ColumnKind::Nothing => {}
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(file_fields(models), metadata)), columns)
}

/// Returns the models, and whether each is a tempo model after the first one.
fn numbered(models: &[ModelColumns]) -> impl Iterator<Item = (&ModelColumns, bool)> {
    let first = models.iter().position(|model| model.kind == ColumnKind::Tempo);
    models.iter().enumerate().map(move |(place, model)| (model, first.is_some_and(|first| place > first)))
}

fn tempo_bpm(output: &ModelOutput) -> Option<f32> {
    if let ModelOutput::Tempo { bpm, .. } = output { *bpm } else { None }
}

fn tempo_confidence(output: &ModelOutput) -> Option<f32> {
    if let ModelOutput::Tempo { confidence, .. } = output { *confidence } else { None }
}

fn pitch_hz(output: &ModelOutput) -> Option<f32> {
    if let ModelOutput::Pitch { hz, .. } = output { *hz } else { None }
}
