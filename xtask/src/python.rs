//! Programs that come from the Python registry, each kind in an environment of its own below the build folder.

use std::path::PathBuf;

use crate::sh::{self, TaskError};

/// The Python of an environment of that name that has those packages.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf, TaskError> {
    let environment = sh::target().join(name);
    let python = environment.join("bin/python");
    if !python.exists() {
        sh::run(sh::command("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    sh::run(
        sh::command(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages),
    )?;
    Ok(python)
}
