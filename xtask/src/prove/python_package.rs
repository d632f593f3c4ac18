//! Tests of the Python package, as its wheels install it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError};
use crate::{python, wheel};

/// Packages of the tests.
const PACKAGES: [&str; 7] = ["matplotlib", "mypy", "numpy", "pandas", "polars", "pyarrow==26.0.1", "pytest"];
/// Environment variable with the paths of further Python interpreters, separated as in PATH.
const INTERPRETERS: &str = "EARMARK_PYTHONS";
/// Tests that run with further interpreters, which have NumPy and pytest only.
const PORTABLE_TESTS: [&str; 4] =
    ["tests/test_arguments.py", "tests/test_embed.py", "tests/test_stream.py", "tests/test_tag.py"];
/// Parts of the lines that the tests of endurance print.
const ENDURANCE: [&str; 4] = ["KiB from file", "of the time of one", "of its rate", "beyond NumPy's"];
/// Tests that differ without the weights.
const WITHOUT_WEIGHTS: &str = "tempo or models or separate";

/// Builds the wheels, optimized as the tests are, installs them into an environment, and runs the tests of the package, without
/// and with the weights; then checks its types, and runs tests with further interpreters. The tests of endurance are included.
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
        check.env("EARMARK_ENDURANCE", "1");
        captured(check.env("PYTHONDONTWRITEBYTECODE", "1"), |line| {
            line.contains(" passed")
                || line.starts_with("Success")
                || ENDURANCE.iter().any(|found| line.contains(found))
        })
    };
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode", "importlib"];
    let without = check(&sources, &[&pytest[..], &["-k", WITHOUT_WEIGHTS]].concat())?;
    sh::run(pip(&["install", "--force-reinstall", "--no-deps"]).args(weights))?;
    // In another folder, because the one of the sources would be the package.
    let other = sh::target().join("wheels");
    let cache = sh::target().join("wheel-tests-mypy");
    let mypy = ["-m", "mypy", "--strict", "-p", "earmark", "--cache-dir", &*cache.to_string_lossy()];
    let mut results = vec![
        without,
        check(&sources, &[&pytest[..], &["-s"]].concat())?,
        check(&other, &mypy)?,
        check(&other, &["-m", "mypy.stubtest", "earmark"])?,
    ];
    for interpreter in interpreters() {
        results.push(with_interpreter(&interpreter, &earmark[0])?);
    }
    let texts = results.into_iter().map(|result| match result {
        CheckResult::Holds(text) | CheckResult::Skipped(text) => text,
    });
    Ok(CheckResult::Holds(texts.collect::<Vec<_>>().join("\n")))
}

/// Returns the interpreters that the environment variable names.
fn interpreters() -> Vec<PathBuf> {
    let named = env::var_os(INTERPRETERS).unwrap_or_default();
    env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).collect()
}

/// Installs the wheel with the oldest NumPy that it admits, if the interpreter has one, and runs the tests that need no more.
fn with_interpreter(interpreter: &Path, earmark: &Path) -> Result<CheckResult, TaskError> {
    let mut version = sh::command(interpreter);
    let version = version.args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).output();
    let version = version.map_err(|error| TaskError::Other(format!("{}: {error}", interpreter.display())))?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let name = format!("wheel-python-{version}");
    // NumPy 1.26 has wheels up to CPython 3.12.
    let numpy = if ["3.10", "3.11", "3.12"].contains(&&*version) { "numpy==1.26.4" } else { "numpy" };
    let python = python::environment_of(&interpreter.to_string_lossy(), &name, [numpy, "pytest"])?;
    let mut install = sh::command(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps"]);
    sh::run(install.arg(earmark))?;
    // Not `python -m pytest`, by which CPython 3.10 finds the folder of the sources, which has no native part.
    let mut tests = sh::command(python.with_file_name("pytest"));
    tests.args(["-q", "-p", "no:cacheprovider", "--import-mode", "importlib"]).args(PORTABLE_TESTS);
    tests.current_dir(sh::root().join(wheel::PACKAGE)).env("PYTHONDONTWRITEBYTECODE", "1");
    tests.env("EARMARK_MODELS", sh::target().join("wheel-tests-models"));
    match captured(&mut tests, |line| line.contains(" passed"))? {
        CheckResult::Holds(text) => Ok(CheckResult::Holds(format!("CPython {version}, {numpy}:\n{text}"))),
        skipped => Ok(skipped),
    }
}
