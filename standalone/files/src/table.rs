//! Reports as tables in memory: one row per file, or one row per patch.

mod columns;
mod file_rows;
mod patch_rows;

use std::collections::HashMap;

use crate::provenance::Provenance;

pub use self::columns::list_len;
#[cfg(all(feature = "descriptors", feature = "parquet"))]
pub(crate) use self::columns::lists;
#[cfg(feature = "parquet")]
pub(crate) use self::columns::{FILE_FIELDS, file_columns, list_field};
pub use self::file_rows::{FILES_SCHEMA, FileRow, file_fields, files_table};
pub use self::patch_rows::{PATCHES_SCHEMA, patch_fields, patches_table};

/// Returns the metadata of a table: its schema, and the origin of its rows as JSON, if it is one for all.
#[must_use]
pub fn metadata(schema: &str, origin: Option<&Provenance>) -> HashMap<String, String> {
    let origin = origin.and_then(|origin| serde_json::to_string(origin).ok());
    let origin = origin.map(|origin| ("provenance".to_owned(), origin));
    [("schema".to_owned(), schema.to_owned())].into_iter().chain(origin).collect()
}
