//! Table of classes in memory: one row per file.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::classified_file::{ClassifiedFile, ClassifierResult};
use super::loaded::LoadedClassifier;
use crate::path_text::PathText;
use crate::table::{FILE_FIELDS, file_columns, list_field, lists};

/// Version of the columns, in the metadata of the table.
pub const CLASSES_SCHEMA: &str = "earmark-classes/1";

/// Returns the columns of a table: `path`, `silent`, facts about the file, `path_bytes`, and of each classifier `ID`, the
/// probabilities as a list of fixed size with the labels in its metadata, `ID.value`, the class, and `ID.error`.
#[must_use]
pub fn class_fields(classifiers: &[LoadedClassifier]) -> Vec<Field> {
    let optional = |name: &str, kind| Field::new(name, kind, true);
    let mut fields = vec![Field::new("path", DataType::Utf8, false), optional("silent", DataType::Boolean)];
    fields.extend(FILE_FIELDS.map(|(name, kind)| optional(name, kind)));
    fields.push(optional("path_bytes", DataType::Utf8));
    for classifier in classifiers {
        let (id, labels) = (classifier.id(), classifier.labels());
        fields.push(list_field(id, labels.len(), labels, true));
        fields.extend(["value", "error"].map(|name| optional(&format!("{id}.{name}"), DataType::Utf8)));
    }
    fields
}

/// Returns a table with these files, each with its path, and the columns of [`class_fields`]. Silence has no classes.
///
/// # Errors
/// If a column has too many values for a table in memory.
pub fn classes_table(
    rows: &[(&Path, &ClassifiedFile)],
    classifiers: &[LoadedClassifier],
    metadata: HashMap<String, String>,
) -> Result<RecordBatch, ArrowError> {
    let names: Vec<PathText> = rows.iter().map(|(path, _)| PathText::new(path)).collect();
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(names.iter().map(|name| Some(&*name.path)).collect::<StringArray>()),
        Arc::new(rows.iter().map(|(_, row)| Some(row.silent)).collect::<BooleanArray>()),
    ];
    columns.extend(file_columns(rows.iter().map(|(_, row)| (None, row.file.as_ref()))));
    columns.push(Arc::new(names.iter().map(|name| name.path_bytes.as_deref()).collect::<StringArray>()));
    for classifier in classifiers {
        let results = || rows.iter().map(|(_, row)| row.results.iter().find(|result| result.model == classifier.id()));
        let shares: Vec<Option<Vec<f32>>> = results().map(|result| probabilities(result?)).collect();
        columns.push(lists(shares.iter().map(Option::as_deref), classifier.labels().len()));
        let value = |result: &ClassifierResult| Some(result.outcome.as_ref().ok()?.value.clone());
        let error = |result: &ClassifierResult| Some(result.outcome.as_ref().err()?.to_string());
        columns.push(Arc::new(results().map(|result| value(result?)).collect::<StringArray>()));
        columns.push(Arc::new(results().map(|result| error(result?)).collect::<StringArray>()));
    }
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(class_fields(classifiers), metadata)), columns)
}

fn probabilities(result: &ClassifierResult) -> Option<Vec<f32>> {
    let probabilities = result.outcome.as_ref().ok()?.probabilities.as_ref()?;
    Some(probabilities.iter().map(|&share| share as f32).collect())
}
