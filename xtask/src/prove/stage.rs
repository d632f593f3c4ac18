//! The app's long runs: every clip through a virtual sound card, ten minutes under load, an hour, pictures.

use super::{Finding, captured};
use crate::sh::{self, TaskError};

/// Runs the tests that take minutes.
pub(crate) fn run() -> Result<Finding, TaskError> {
    if sh::output(sh::command("jackd").arg("--version")).is_none() {
        return Ok(Finding::Skipped("there is no virtual sound card here (Debian: jackd2)".into()));
    }
    tests(sh::cargo().args(["test", "--workspace", "--test", "all", "--", "stage::", "--include-ignored"]))
}

/// Runs the window on a display that is in memory only.
pub(crate) fn window() -> Result<Finding, TaskError> {
    if sh::output(sh::command("xvfb-run").arg("--help")).is_none() {
        return Ok(Finding::Skipped("there is no xvfb-run here (Debian: xvfb xauth libegl1 libgl1-mesa-dri)".into()));
    }
    let mut tests = sh::command("xvfb-run");
    tests.args(["--auto-servernum", "--server-args=-screen 0 480x718x24 +extension GLX -nolisten tcp"]);
    tests.args(["cargo", "test", "--workspace", "--test", "all", "--", "stage::window"]);
    self::tests(&mut tests)
}

fn tests(command: &mut std::process::Command) -> Result<Finding, TaskError> {
    command.args(["--nocapture", "--test-threads=1"]);
    captured(command, |line| line.contains("stage: ") || line.contains("SKIPPED") || line.starts_with("test result:"))
}
