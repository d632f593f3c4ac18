//! Programs that come from the Python registry, each kind in an environment of its own below the build folder.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::sh::{self, TaskError};

/// The Python of an environment of that name that has those packages.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf, TaskError> {
    environment_of("python3", name, packages)
}

/// The same, made by that Python; `wanted` is what pip is to install.
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
