//! Columns that tables share: facts about files, and lists with one value per label.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{FixedSizeListBuilder, Float32Builder};
use arrow_array::{ArrayRef, Float64Array, StringArray, UInt32Array, UInt64Array};
use arrow_schema::{DataType, Field};
use earmark_models::report::FileReport;

use crate::analyzed_file::AnalyzedFile;

/// Names and types of the facts about a file, beside its path.
pub(crate) const FILE_FIELDS: [(&str, DataType); 9] = [
    ("duration_s", DataType::Float64),
    ("sample_rate_hz", DataType::Float64),
    ("channels", DataType::UInt32),
    ("decoder", DataType::Utf8),
    ("codec", DataType::Utf8),
    ("bit_rate", DataType::Float64),
    ("size_bytes", DataType::UInt64),
    ("modified_unix_s", DataType::Float64),
    ("md5_encoded", DataType::Utf8),
];

/// Sources of the facts about the file of a row: its report, and what is known of the file itself.
pub(crate) type FactSources<'a> = (Option<&'a FileReport>, Option<&'a AnalyzedFile>);

/// Returns the columns of [`FILE_FIELDS`], with one entry per row.
pub(crate) fn file_columns<'a>(rows: impl Iterator<Item = FactSources<'a>> + Clone) -> Vec<ArrayRef> {
    let numbers = |pick: fn(FactSources<'_>) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.clone().map(pick).collect::<Float64Array>())
    };
    let of_file = |pick: fn(&AnalyzedFile) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.clone().map(|(_, file)| file.and_then(pick)).collect::<StringArray>())
    };
    let channels = rows.clone().map(|(report, file)| {
        report.map(|report| report.channels).or(file.map(|file| file.channels)).map(|channels| channels as u32)
    });
    vec![
        numbers(|(report, file)| report.map(|report| report.duration_s).or(file.map(|file| file.duration_s))),
        numbers(|(report, file)| report.map(|report| report.sample_rate_hz).or(file.map(|file| file.sample_rate_hz))),
        Arc::new(channels.collect::<UInt32Array>()),
        of_file(|file| Some(&file.decoder)),
        of_file(|file| Some(&file.codec)),
        numbers(|(_, file)| file.map(|file| file.bit_rate)),
        Arc::new(rows.clone().map(|(_, file)| file.and_then(|file| file.size_bytes)).collect::<UInt64Array>()),
        numbers(|(_, file)| file.and_then(|file| file.modified_unix_s)),
        of_file(|file| file.md5_encoded.as_deref()),
    ]
}

/// Returns the length of a list as tables state it.
#[must_use]
pub fn list_len(width: usize) -> i32 {
    i32::try_from(width).unwrap_or(i32::MAX)
}

/// Returns a column of lists of `width` numbers; its metadata has the `labels` of the numbers, one per line.
pub(crate) fn list_field(name: &str, width: usize, labels: &[String], is_nullable: bool) -> Field {
    let field = Field::new(name, DataType::FixedSizeList(item_field(), list_len(width)), is_nullable);
    let labels = (!labels.is_empty()).then(|| ("labels".to_owned(), labels.join("\n")));
    field.with_metadata(labels.into_iter().collect::<HashMap<_, _>>())
}

/// Returns the lists of a column; a missing list, or one of another length, is null.
pub(crate) fn lists<'a>(rows: impl Iterator<Item = Option<&'a [f32]>>, width: usize) -> ArrayRef {
    let mut lists = FixedSizeListBuilder::new(Float32Builder::new(), list_len(width)).with_field(item_field());
    for row in rows {
        let row = row.filter(|row| row.len() == width);
        match row {
            Some(values) => lists.values().append_slice(values),
            None => lists.values().append_slice(&vec![f32::NAN; width]),
        }
        lists.append(row.is_some());
    }
    Arc::new(lists.finish())
}

fn item_field() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Float32, false))
}
