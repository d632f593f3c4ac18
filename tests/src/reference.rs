//! Reference data: real clips, and results of the reference implementations for them.

use std::env;
use std::path::{Path, PathBuf};

/// Returns the root of the workspace that cargo runs this program for. Two clones that share a build folder may share
/// the program as well.
#[must_use]
pub fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Returns the folder with card and network of a built-in model.
#[must_use]
pub fn built_in(id: &str) -> PathBuf {
    root().join("models/zoo").join(id.split('-').next().unwrap_or(id))
}

/// Returns the folder of the project's own fixtures.
#[must_use]
pub fn fixtures() -> PathBuf {
    root().join("tests/fixtures")
}

/// Returns the folder with the reference data: `EARMARK_REFERENCE`, by default `../shared/data`.
///
/// # Errors
/// When the folder has no reference data. A test that cannot run without it names `Need::Reference`.
pub fn folder() -> Result<PathBuf, String> {
    let folder = env::var_os("EARMARK_REFERENCE").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if folder.join("goldens/manifest.json").is_file() {
        Ok(folder)
    } else {
        Err(format!("no reference data in {}", folder.display()))
    }
}
