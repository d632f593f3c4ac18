//! Measurement programs, of `tests/src/bin`, built in release mode.

use std::path::PathBuf;
use std::process::Command;

use crate::sh::{self, TaskError, TaskResult};

/// Default folder for the tables and charts of `growth`.
const GROWTH: &str = "tests/growth";

/// Runs the `growth` program, which writes tables and charts to `folder`.
pub(crate) fn growth(folder: Option<PathBuf>) -> TaskResult {
    sh::run(&mut growing(folder)?)
}

/// Returns the command of the `growth` program.
pub(crate) fn growing(folder: Option<PathBuf>) -> Result<Command, TaskError> {
    let earmark = sh::built("earmark", true)?;
    let mut growing = sh::command(sh::built("growth", true)?);
    growing.arg(folder.unwrap_or_else(|| PathBuf::from(GROWTH))).arg("--earmark").arg(earmark);
    Ok(growing)
}

/// Runs a measurement program with the arguments `rest`.
pub(crate) fn run(name: &str, rest: &[String]) -> TaskResult {
    let program = sh::built(name, true)?;
    sh::run(sh::command(program).args(rest))
}
