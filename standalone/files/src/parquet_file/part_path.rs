//! Names of the parts of a table.

use std::path::{Path, PathBuf};

/// Returns the path of a part of the table at `path`, from number 1 on: `NAME.part0001.parquet`.
pub(super) fn part_path(path: &Path, number: usize) -> PathBuf {
    let is_parquet = path.extension().is_some_and(|extension| extension == "parquet");
    let stem = if is_parquet { path.file_stem() } else { path.file_name() };
    let mut name = stem.unwrap_or_default().to_owned();
    name.push(format!(".part{number:04}.parquet"));
    path.with_file_name(name)
}
