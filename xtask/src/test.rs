//! All checks that a change must pass.

use std::fs;

use crate::setup;
use crate::sh::{self, TaskError, TaskResult};
use crate::test_environment::{DISPLAY_SIZE, TestEnvironment};

/// Maximum number of lines of a source file.
const MAX_LINES: usize = 600;

/// Installs missing packages, runs all checks and tests; `rest` are arguments of the test runner.
pub(crate) fn run(rest: &[String]) -> TaskResult {
    setup::run()?;
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))?;
    check_file_lengths()?;
    sh::run(sh::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // After clippy, because both need the metadata of the dependencies.
    sh::run(sh::cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    let environment = TestEnvironment::prepare(DISPLAY_SIZE);
    let tested = tests(&environment, rest);
    // Printed last, and also if a test fails.
    sh::run(environment.apply_to(sh::command(sh::test_binary()?).arg("--requirements")))?;
    tested?;
    eprintln!("all checks and tests passed");
    Ok(())
}

fn tests(environment: &TestEnvironment, rest: &[String]) -> TaskResult {
    if sh::output(sh::cargo().args(["nextest", "--version"])).is_some() {
        let nextest = ["nextest", "run", "--workspace", "--no-fail-fast"];
        sh::run(environment.apply_to(sh::cargo().args(nextest).args(rest)))?;
        sh::run(sh::cargo().args(["test", "--workspace", "--doc"]))
    } else {
        let test = ["test", "--workspace", "--no-fail-fast", "--"];
        sh::run(environment.apply_to(sh::cargo().args(test).args(rest)))
    }
}

fn check_file_lengths() -> TaskResult {
    // The files of copied dependencies are as long as their authors made them.
    let paths = ["*.rs", ":(exclude)xtask/vendor"];
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = sh::output(sh::command("git").args(arguments).args(paths));
    // An empty list would pass the check.
    let listed = listed.filter(|files| !files.is_empty());
    let listed = listed.ok_or_else(|| TaskError::Other("cannot list the source files: git ls-files failed".into()))?;
    let mut long = Vec::new();
    for file in listed.lines() {
        let path = sh::root().join(file);
        // A deleted file that is still listed counts as empty.
        let lines = fs::read_to_string(&path).map_or(0, |text| text.lines().count());
        if lines > MAX_LINES {
            long.push(format!("{file}: expected at most {MAX_LINES} lines, got {lines}"));
        }
    }
    if long.is_empty() { Ok(()) } else { Err(TaskError::Other(long.join("\n"))) }
}
