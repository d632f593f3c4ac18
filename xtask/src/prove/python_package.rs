//! Tests of the Python package, as its wheels install it.

use std::env;
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
    let check = |arguments: &[&str]| {
        let mut check = sh::command(&python);
        check.args(arguments).current_dir(sh::root().join(wheel::PACKAGE)).env("EARMARK_PROGRAM", &program);
        // Models that the user of this machine added are not part of the tests, and the folder of the sources, which has no native
        // part, is not that of the package.
        check.env("EARMARK_MODELS", sh::target().join("wheel-tests-models")).env("PYTHONSAFEPATH", "1");
        captured(check.env("PYTHONDONTWRITEBYTECODE", "1"), |line| {
            line.contains(" passed") || line.starts_with("Success")
        })
    };
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode", "importlib"];
    let without = check(&[&pytest[..], &["-k", WITHOUT_WEIGHTS]].concat())?;
    sh::run(pip(&["install", "--force-reinstall", "--no-deps"]).args(weights))?;
    let results = [
        without,
        check(&pytest)?,
        check(&[
            "-m",
            "mypy",
            "--strict",
            "--cache-dir",
            env::temp_dir().join("earmark-mypy").to_string_lossy().as_ref(),
            "-p",
            "earmark",
        ])?,
        check(&["-m", "mypy.stubtest", "earmark"])?,
    ];
    let texts = results.into_iter().map(|result| match result {
        CheckResult::Holds(text) | CheckResult::Skipped(text) => text,
    });
    Ok(CheckResult::Holds(texts.collect::<Vec<_>>().join("\n")))
}
