//! Rows of one file: status, reason and defects, then the columns of the analysis.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray, UInt64Array, new_null_array};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use earmark_capture::decode::DecodeIssues;
use earmark_files::error_record::ErrorRecord;
use earmark_files::path_text::PathText;

use crate::file_status::FileStatus;

/// Columns of an analysis that a batch does not have: they have a place of their own, or differ between copies of a file.
const LEFT_OUT: [&str; 4] = ["path", "path_bytes", "error", "modified_unix_s"];
/// Place of the column `generation`, which is added last.
const GENERATION_PLACE: usize = 1;

/// Result of the analysis of one file.
#[derive(Debug)]
pub(crate) struct FileRows {
    /// One row, or several of the same file.
    pub(crate) rows: RecordBatch,
    pub(crate) status: FileStatus,
    /// Analyzed audio in seconds.
    pub(crate) audio_s: f64,
    /// Reason of a status other than `ok`.
    pub(crate) record: Option<ErrorRecord>,
}

/// Status of a file, and the reason for it.
#[derive(Debug, Clone)]
pub(crate) struct FileVerdict {
    pub(crate) status: FileStatus,
    pub(crate) record: Option<ErrorRecord>,
    pub(crate) issues: DecodeIssues,
}

impl FileVerdict {
    /// Returns the verdict on a file without a result.
    pub(crate) fn bad(record: ErrorRecord) -> Self {
        Self { status: FileStatus::Bad, record: Some(record), issues: DecodeIssues::default() }
    }
}

/// Returns the schema of the rows of a file, from the columns and the metadata of the analysis.
pub(crate) fn schema(analysis: &Schema) -> SchemaRef {
    let optional = |name: &str, kind| Field::new(name, kind, true);
    let mut fields = vec![Field::new("path", DataType::Utf8, false), Field::new("status", DataType::Utf8, false)];
    fields.extend(["stage", "error", "expected", "got"].map(|name| optional(name, DataType::Utf8)));
    fields
        .extend(["damaged_packets", "missing_frames", "replaced_samples"].map(|name| optional(name, DataType::UInt64)));
    fields.extend(kept(analysis).map(|(_, field)| field.clone().with_nullable(true)));
    fields.push(optional("path_bytes", DataType::Utf8));
    Arc::new(Schema::new_with_metadata(fields, analysis.metadata().clone()))
}

/// Returns the columns of an analysis that a batch has, with their places.
fn kept(analysis: &Schema) -> impl Iterator<Item = (usize, &Field)> {
    let fields = analysis.fields().iter().enumerate();
    fields.map(|(place, field)| (place, field.as_ref())).filter(|(_, field)| !LEFT_OUT.contains(&&**field.name()))
}

/// Returns the rows of a file: those of the analysis, or one row without values.
pub(crate) fn compose(
    schema: &SchemaRef,
    name: &PathText,
    verdict: &FileVerdict,
    analysis: Option<&RecordBatch>,
) -> Result<RecordBatch, ArrowError> {
    let analysis = analysis.filter(|rows| rows.num_rows() > 0);
    let count = analysis.map_or(1, RecordBatch::num_rows);
    let text = |text: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![text; count])) };
    let number = |number: u64| -> ArrayRef {
        let number = analysis.is_some().then_some(number);
        Arc::new(UInt64Array::from(vec![number; count]))
    };
    let record = verdict.record.as_ref();
    let stage = record.and_then(|record| serde_json::to_value(record.stage).ok());
    let issues = verdict.issues;
    let mut columns: Vec<ArrayRef> = vec![
        text(Some(&name.path)),
        text(Some(verdict.status.name())),
        text(stage.as_ref().and_then(|stage| stage.as_str())),
        text(record.map(|record| &*record.error)),
        text(record.and_then(|record| record.expected.as_deref())),
        text(record.and_then(|record| record.got.as_deref())),
        number(issues.packets),
        number(issues.missing_frames),
        number(issues.sanitized),
    ];
    let first = columns.len();
    match analysis {
        Some(rows) => columns.extend(kept(&rows.schema()).map(|(place, _)| Arc::clone(rows.column(place)))),
        None => {
            let fields = &schema.fields()[first..schema.fields().len() - 1];
            columns.extend(fields.iter().map(|field| new_null_array(field.data_type(), count)));
        }
    }
    columns.push(text(name.path_bytes.as_deref()));
    RecordBatch::try_new(Arc::clone(schema), columns)
}

/// Returns the schema of the rows of a shard: that of the files with the column `generation`.
pub(crate) fn with_generation_field(schema: &Schema) -> Schema {
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.insert(GENERATION_PLACE, Field::new("generation", DataType::Int32, false));
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

/// Adds the column `generation` to the rows of a shard.
pub(crate) fn with_generation(rows: &RecordBatch, generation: u32) -> Result<RecordBatch, ArrowError> {
    let schema = Arc::new(with_generation_field(&rows.schema()));
    let generation = i32::try_from(generation).unwrap_or(i32::MAX);
    let mut columns = rows.columns().to_vec();
    columns.insert(GENERATION_PLACE, Arc::new(Int32Array::from(vec![generation; rows.num_rows()])));
    RecordBatch::try_new(schema, columns)
}

/// Returns rows as bytes for another process; without rows, the schema alone.
pub(crate) fn to_bytes(schema: &Schema, rows: Option<&RecordBatch>) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    if let Some(rows) = rows {
        writer.write(rows)?;
    }
    writer.into_inner()
}

/// Returns the schema and the rows of bytes of [`to_bytes`].
pub(crate) fn of_bytes(bytes: &[u8]) -> Result<(SchemaRef, Option<RecordBatch>), ArrowError> {
    let mut reader = StreamReader::try_new(Cursor::new(bytes), None)?;
    let schema = reader.schema();
    Ok((schema, reader.next().transpose()?))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::Path;

    use arrow_array::builder::{FixedSizeListBuilder, Float32Builder};
    use arrow_array::{Array, Float64Array};
    use earmark_files::error_record::ErrorStage;

    use super::*;

    fn analysis() -> RecordBatch {
        let item = Arc::new(Field::new("item", DataType::Float32, false));
        let mut lists = FixedSizeListBuilder::new(Float32Builder::new(), 2).with_field(Arc::clone(&item));
        lists.values().append_slice(&[0.25, 0.75]);
        lists.append(true);
        let fields = vec![
            Field::new("path", DataType::Utf8, false),
            Field::new("duration_s", DataType::Float64, false),
            Field::new("m", DataType::FixedSizeList(item, 2), false),
            Field::new("error", DataType::Utf8, true),
        ];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(vec!["a.wav"])),
            Arc::new(Float64Array::from(vec![3.0])),
            Arc::new(lists.finish()),
            Arc::new(StringArray::from(vec![None::<&str>])),
        ];
        let metadata = HashMap::from([("schema".to_owned(), "s/1".to_owned())]);
        RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, metadata)), columns).unwrap()
    }

    #[test]
    fn bad_file_has_a_row_without_values_beside_those_of_others() {
        let analysis = analysis();
        let schema = schema(&analysis.schema());
        let name = |path: &str| PathText { path: path.into(), path_bytes: None };
        let fine = FileVerdict { status: FileStatus::Ok, record: None, issues: DecodeIssues::default() };
        let first = compose(&schema, &name("a.wav"), &fine, Some(&analysis)).unwrap();
        let record = ErrorRecord::of_message(Path::new("b.wav"), ErrorStage::Decode, "no (expected A, got B)".into());
        let second = compose(&schema, &name("b.wav"), &FileVerdict::bad(record), None).unwrap();
        let (read_schema, read) = of_bytes(&to_bytes(&schema, Some(&second)).unwrap()).unwrap();
        assert_eq!((read_schema, read.as_ref()), (Arc::clone(&schema), Some(&second)));
        let both = arrow_select::concat::concat_batches(&schema, [&first, &second]).unwrap();
        let both = with_generation(&both, 3).unwrap();
        let bytes = crate::parquet_object::write(&both.schema(), std::slice::from_ref(&both)).unwrap();
        assert_eq!(bytes, crate::parquet_object::write(&both.schema(), std::slice::from_ref(&both)).unwrap());
        let read = crate::parquet_object::read(bytes.into(), None, None).unwrap();
        assert_eq!(read.schema, both.schema());
        assert_eq!(read.rows.columns(), both.columns());
        let texts = |column| crate::parquet_object::texts(&read.rows, column);
        assert_eq!(texts("status"), [Some("ok"), Some("bad")]);
        assert_eq!((texts("got")[1], texts("stage")[1]), (Some("B"), Some("decode")));
        assert!(
            read.rows.column_by_name("m").unwrap().is_null(1) && read.rows.column_by_name("modified_unix_s").is_none()
        );
    }
}
