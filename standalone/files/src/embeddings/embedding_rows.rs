//! Table of embeddings in memory: one row per patch.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array, Float64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::file_embeddings::FileEmbeddings;
use crate::path_text::PathText;
use crate::table::{FILE_FIELDS, file_columns, list_field, list_len};

/// Version of the columns, in the metadata of the table.
pub const EMBEDDINGS_SCHEMA: &str = "earmark-embeddings/1";

/// Returns the columns of a table: `path`, `model`, `start_s`, `end_s`, `embedding` as a list of `width` numbers, `path_bytes`,
/// then facts about the file.
#[must_use]
pub fn embedding_fields(width: usize) -> Vec<Field> {
    let mut fields = vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("model", DataType::Utf8, false),
        Field::new("start_s", DataType::Float64, false),
        Field::new("end_s", DataType::Float64, false),
        list_field("embedding", width, &[], false),
        Field::new("path_bytes", DataType::Utf8, true),
    ];
    fields.extend(FILE_FIELDS.map(|(name, kind)| Field::new(name, kind, true)));
    fields
}

/// Returns a table with the patches of these files, which have `width` values each, and the columns of [`embedding_fields`].
///
/// # Errors
/// If a column has too many values for a table in memory, or the embeddings have another width.
pub fn embeddings_table(
    files: &[FileEmbeddings],
    width: usize,
    metadata: HashMap<String, String>,
) -> Result<RecordBatch, ArrowError> {
    let schema = Arc::new(Schema::new_with_metadata(embedding_fields(width), metadata));
    let names: Vec<PathText> = files.iter().map(|file| PathText::new(&file.path)).collect();
    let per_patch = || files.iter().zip(&names).flat_map(|(file, name)| file.spans.iter().map(move |_| (file, name)));
    let (starts, ends): (Vec<f64>, Vec<f64>) = files.iter().flat_map(|file| file.spans.iter().copied()).unzip();
    let values: Vec<f32> = files.iter().flat_map(|file| file.values.iter().copied()).collect();
    let DataType::FixedSizeList(item, _) = schema.field_with_name("embedding")?.data_type() else {
        return Err(ArrowError::SchemaError("expected a list of fixed size".into()));
    };
    let values: ArrayRef = Arc::new(Float32Array::from(values));
    let lists = FixedSizeListArray::try_new(Arc::clone(item), list_len(width), values, None)?;
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(per_patch().map(|(_, name)| Some(&*name.path)).collect::<StringArray>()),
        Arc::new(per_patch().map(|(file, _)| Some(&*file.model)).collect::<StringArray>()),
        Arc::new(Float64Array::from(starts)),
        Arc::new(Float64Array::from(ends)),
        Arc::new(lists),
        Arc::new(per_patch().map(|(_, name)| name.path_bytes.as_deref()).collect::<StringArray>()),
    ];
    columns.extend(file_columns(per_patch().map(|(file, _)| (None, file.file.as_ref()))));
    RecordBatch::try_new(schema, columns)
}
