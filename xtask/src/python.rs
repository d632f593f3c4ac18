//! Python environments in the build folder, one per use.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::sh::{self, TaskError};

/// Creates or updates an environment with these packages, and returns the path of its Python.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf, TaskError> {
    environment_of("python3", name, packages)
}

/// Creates or updates an environment with the Python `base`, and returns the path of its Python. `wanted` are the
/// arguments of `pip install`.
pub(crate) fn environment_of(
    base: &str,
    name: &str,
    wanted: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<PathBuf, TaskError> {
    let environment = sh::target().join(name);
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.exists() {
        sh::run(sh::command(base).args(["-m", "venv"]).arg(&environment))?;
    }
    sh::run(
        sh::command(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(wanted),
    )?;
    Ok(python)
}
