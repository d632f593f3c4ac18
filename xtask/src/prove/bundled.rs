//! Check of the released bundle against the plugin that is linked into the tests.

use super::check_result::{CheckResult, captured};
use crate::bundle;
use crate::sh::{self, TaskError};
use crate::test_environment::REQUIRE;

/// Builds the bundle and processes audio with it.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let (library, bytes) = bundle::library(true)?;
    let result = captured(
        sh::cargo()
            .args(["test", "--workspace", "--test", "all", "--", "host::bundled", "--nocapture"])
            .env("EARMARK_BUNDLE", library)
            .env(REQUIRE, "bundle"),
        |line| line.contains("bundled: ") || line.starts_with("test result:"),
    )?;
    Ok(match result {
        CheckResult::Holds(text) => CheckResult::Holds(format!("{bytes} bytes each\n{text}")),
        skipped @ CheckResult::Skipped(_) => skipped,
    })
}
