//! Check of Earmark Stems in real time, on the reference data.

use super::check_result::{CheckResult, captured, is_result};
use crate::sh::{self, TaskError};
use crate::test_environment::{DISPLAY_SIZE, REQUIRE, TestEnvironment};

/// Plays for ten minutes in the default mode, and for 20 s in each mode: loads, cost of the callbacks, late runs.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    if !sh::reference().join("separation").is_dir() {
        return Ok(CheckResult::Skipped("the reference data is absent".into()));
    }
    let mut tests = sh::cargo();
    tests.args(["test", "--workspace", "--test", "all", "--", "stems::endurance", "--ignored", "--nocapture"]);
    tests.arg("--test-threads=1").env(REQUIRE, "display,reference");
    captured(TestEnvironment::prepare(DISPLAY_SIZE).apply_to(&mut tests), |line| {
        line.contains("% of a core") || line.contains("never late") || line.contains("late samples") || is_result(line)
    })
}
