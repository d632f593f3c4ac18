//! Tests of the Python package, as its wheels install it.

use std::path::Path;
use std::process::Command;

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError};
use crate::{python, wheel};

/// Packages of the tests.
const PACKAGES: [&str; 7] = ["matplotlib", "mypy", "numpy", "pandas", "polars", "pyarrow==26.0.1", "pytest"];
/// Tests that differ without the weights.
const WITHOUT_WEIGHTS: &str = "tempo or models or separate";

/// Builds the wheels, optimized as the tests are, installs them into an environment, and runs the tests of the package, without
/// and with the weights; then checks its types.
pub(super) fn run() -> Result<CheckResult, TaskError> {
    let wheels = wheel::build(false)?;
    let (earmark, weights) = wheels.split_at(1);
    let python = python::environment("wheel-tests-env", &PACKAGES)?;
    let pip = |arguments: &[&str]| -> Command {
        let mut pip = sh::command(&python);
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]).args(arguments);
        pip
    };
    sh::run(&mut pip(&["uninstall", "--yes", "earmark", "earmark-tempocnn", "earmark-spleeter"]))?;
    sh::run(pip(&["install", "--force-reinstall", "--no-deps"]).args(earmark))?;
    let program = sh::built("earmark", false)?;
    let sources = sh::root().join(wheel::PACKAGE);
    let check = |folder: &Path, arguments: &[&str]| {
        let mut check = sh::command(&python);
        check.args(arguments).current_dir(folder).env("EARMARK_PROGRAM", &program);
        // Models that the user of this machine added are not part of the tests. The folder of the sources has no native part.
        check.env("EARMARK_MODELS", sh::target().join("wheel-tests-models")).env("PYTHONSAFEPATH", "1");
        captured(check.env("PYTHONDONTWRITEBYTECODE", "1"), |line| {
            line.contains(" passed") || line.starts_with("Success")
        })
    };
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode", "importlib"];
    let without = check(&sources, &[&pytest[..], &["-k", WITHOUT_WEIGHTS]].concat())?;
    sh::run(pip(&["install", "--force-reinstall", "--no-deps"]).args(weights))?;
    // In another folder, because the one of the sources would be the package.
    let other = sh::target().join("wheels");
    let cache = sh::target().join("wheel-tests-mypy");
    let mypy = ["-m", "mypy", "--strict", "-p", "earmark", "--cache-dir", &*cache.to_string_lossy()];
    let results = [
        without,
        check(&sources, &pytest)?,
        check(&other, &mypy)?,
        check(&other, &["-m", "mypy.stubtest", "earmark"])?,
    ];
    let texts = results.into_iter().map(|result| match result {
        CheckResult::Holds(text) | CheckResult::Skipped(text) => text,
    });
    Ok(CheckResult::Holds(texts.collect::<Vec<_>>().join("\n")))
}
