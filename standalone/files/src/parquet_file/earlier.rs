//! Parts of a table that an earlier run wrote, after which a run continues.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::io_error::io_error;
use super::part_path::part_path;
use crate::earlier_results::{EarlierResults, EarlierResultsError};
use crate::path_text::PathText;
use crate::provenance::Provenance;

/// Key of the origin in the metadata of a table.
const ORIGIN: &str = "provenance";
/// Largest gap in the numbers of parts that is looked over.
const MAX_GAP: usize = 64;

/// Parts of a table, and the files whose rows they have.
#[derive(Debug, Default)]
pub(crate) struct EarlierParts {
    files: Vec<PathBuf>,
    paths: HashSet<PathText>,
}

impl EarlierParts {
    /// Finds the table at `path` with the columns of `schema` and its parts; there may be none. A part whose rows are in the
    /// table, because a run was killed while it removed its parts, is left out. Blocks.
    ///
    /// # Errors
    /// If a file cannot be read, has other columns, or was made with other settings than those of `origin`.
    pub(crate) fn find(path: &Path, schema: &Schema, origin: &Provenance) -> Result<Self, EarlierResultsError> {
        let mut parts = Self::default();
        if path.is_file() {
            parts.add(path.to_owned(), schema, origin)?;
        }
        let (mut number, mut last) = (1, 0);
        while number <= last + MAX_GAP {
            let part = part_path(path, number);
            if part.is_file() {
                parts.add(part, schema, origin)?;
                last = number;
            }
            number += 1;
        }
        Ok(parts)
    }

    /// Returns the files whose rows the parts have.
    pub(crate) fn results(&self) -> EarlierResults {
        EarlierResults::of(self.paths.clone())
    }

    pub(super) fn into_files(self) -> Vec<PathBuf> {
        self.files
    }

    fn add(&mut self, part: PathBuf, schema: &Schema, origin: &Provenance) -> Result<(), EarlierResultsError> {
        let failed = |error| EarlierResultsError::Io { path: part.clone(), error };
        let file = File::open(&part).map_err(failed)?;
        let table = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(io_error(error)))?;
        let differs = |expected, got| EarlierResultsError::Settings { path: part.clone(), expected, got };
        let names = |schema: &Schema| {
            let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
            format!("columns {}", names.join(", "))
        };
        if table.schema().fields() != schema.fields() {
            return Err(differs(names(schema), names(table.schema())));
        }
        let metadata = table.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let metadata: HashMap<&str, &str> =
            metadata.filter_map(|entry| Some((entry.key.as_str(), entry.value.as_deref()?))).collect();
        let earlier = metadata.get(ORIGIN).and_then(|origin| serde_json::from_str::<Provenance>(origin).ok());
        let Some(earlier) = earlier else { return Err(differs("the origin in the metadata".into(), "none".into())) };
        if let Some((expected, got)) = origin.difference(&earlier) {
            return Err(differs(expected, got));
        }
        let columns = ProjectionMask::columns(table.parquet_schema(), ["path", "path_bytes"]);
        let rows = table.with_projection(columns).build().map_err(|error| failed(io_error(error)))?;
        let mut paths = HashSet::new();
        for batch in rows {
            let batch = batch.map_err(|error| failed(io::Error::other(error)))?;
            paths.extend(paths_of(&batch));
        }
        if paths.is_disjoint(&self.paths) {
            self.paths.extend(paths);
            self.files.push(part);
        }
        Ok(())
    }
}

/// Returns the paths of the rows of a table.
fn paths_of(batch: &RecordBatch) -> Vec<PathText> {
    let column = |name| batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<StringArray>());
    let (Some(paths), Some(bytes)) = (column("path"), column("path_bytes")) else { return Vec::new() };
    let texts = paths.iter().zip(bytes.iter());
    texts
        .map(|(path, bytes)| PathText {
            path: path.unwrap_or_default().to_owned(),
            path_bytes: bytes.map(str::to_owned),
        })
        .collect()
}
