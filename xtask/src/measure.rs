//! Programs that measure: they live in `tests/src/bin` and run optimised.

use std::path::PathBuf;
use std::process::Command;

use crate::sh::{self, TaskError, TaskResult};

/// Where figures and pictures of growth are kept.
const GROWTH: &str = "tests/growth";

/// Runs the program that measures growth; figures and pictures go into `folder`.
pub(crate) fn growth(folder: Option<PathBuf>) -> TaskResult {
    sh::run(&mut growing(folder)?)
}

/// The program, with where its figures go.
pub(crate) fn growing(folder: Option<PathBuf>) -> Result<Command, TaskError> {
    let earmark = sh::built("earmark", true)?;
    let mut growing = sh::command(sh::built("growth", true)?);
    growing.arg(folder.unwrap_or_else(|| PathBuf::from(GROWTH))).arg("--earmark").arg(earmark);
    Ok(growing)
}

/// Runs the program of that name with `rest` as its arguments.
pub(crate) fn run(name: &str, rest: &[String]) -> TaskResult {
    let program = sh::built(name, true)?;
    sh::run(sh::command(program).args(rest))
}
