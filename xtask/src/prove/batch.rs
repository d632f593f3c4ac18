//! Batches: tests of the Python package with Ray, Dask and a store; and measurements of the program.

mod scale;
mod upsets;

use std::path::Path;
use std::process::Command;

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError};
use crate::{python, wheel};

/// Packages of the tests.
const PACKAGES: [&str; 9] = [
    "boto3",
    "distributed>=2025.1",
    "moto[server]",
    "numpy",
    "pandas",
    "pyarrow==26.0.1",
    "pytest",
    "ray>=2.40",
    "s3fs",
];
/// Number of sound files of the tests, beside four others.
const FILES: &str = "296";

/// Runs the tests with 300 files, and measures.
pub(super) fn run() -> Result<CheckResult, TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(CheckResult::Skipped("the measurements read /proc".into()));
    }
    let earmark = sh::built("earmark", false)?;
    let folder = sh::target().join("prove-batch");
    let mut figures = vec![scale::measure(&earmark, &folder)?, upsets::measure(&earmark, &folder)?];
    std::fs::remove_dir_all(&folder).map_err(sh::file_error(&folder))?;
    figures.push(package()?);
    Ok(CheckResult::Holds(figures.join("\n")))
}

/// Installs the wheel, and runs its tests of batches, none of which may be left out.
fn package() -> Result<String, TaskError> {
    let wheels = wheel::build(false)?;
    let python = python::environment("batch-env", &PACKAGES)?;
    let mut pip = sh::command(&python);
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--force-reinstall", "--no-deps"]);
    sh::run(pip.arg(&wheels[0]))?;
    let sources = sh::root().join(wheel::PACKAGE);
    let mut check = tests(&python, &sources);
    match captured(&mut check, |line| line.contains(" passed") || line.contains("SKIPPED") || line.contains("s call"))?
    {
        CheckResult::Holds(text) if text.contains("SKIPPED") => {
            Err(TaskError::Other(format!("expected all tests to run, got skipped ones\n{text}")))
        }
        CheckResult::Holds(text) | CheckResult::Skipped(text) => Ok(text),
    }
}

fn tests(python: &Path, sources: &Path) -> Command {
    let mut check = sh::command(python);
    check.args(["-m", "pytest", "-q", "-rs", "--durations=8", "-p", "no:cacheprovider", "--import-mode", "importlib"]);
    check.arg("tests/test_batch.py").current_dir(sources).env("EARMARK_BATCH_FILES", FILES);
    // The folder of the sources has no native part.
    check.env("EARMARK_MODELS", sh::target().join("wheel-tests-models")).env("PYTHONSAFEPATH", "1");
    check.env("PYTHONDONTWRITEBYTECODE", "1").env("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0");
    check
}
