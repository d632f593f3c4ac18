//! Long tests of the app: every clip through a virtual sound card, ten minutes under load, an hour, screenshots.

use super::check_result::{CheckResult, captured, is_result};
use crate::sh::{self, TaskError};
use crate::test_environment::{DISPLAY_SIZE, REQUIRE, TestEnvironment};

/// Installable requirements of these tests. The reference data is required only if it is available.
const NEEDS: &str = "display,imagemagick,jack,pulseaudio,browser,python-osc";

/// Runs all tests but those of endurance.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    tests(DISPLAY_SIZE, &["live_app::", "--skip", "live_app::endurance", "--include-ignored"])
}

/// Plays ten minutes of audio beside other busy threads.
pub(crate) fn under_load() -> Result<CheckResult, TaskError> {
    tests(DISPLAY_SIZE, &["live_app::endurance::ten_minutes", "--include-ignored"])
}

/// Analyzes an hour of music: memory and times.
pub(crate) fn hour() -> Result<CheckResult, TaskError> {
    tests(DISPLAY_SIZE, &["live_app::endurance::memory", "--include-ignored"])
}

/// Runs the tests of the window, on a display of the size of the window.
pub(crate) fn window() -> Result<CheckResult, TaskError> {
    tests("480x718", &["live_app::window"])
}

fn tests(size: &str, which: &[&str]) -> Result<CheckResult, TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(CheckResult::Skipped("the virtual sound card and the display are Linux programs".into()));
    }
    let reference = if sh::reference().join("goldens").is_dir() { ",reference" } else { "" };
    let mut command = sh::cargo();
    command.args(["test", "--workspace", "--test", "all", "--"]).args(which).args(["--nocapture", "--test-threads=1"]);
    command.env(REQUIRE, format!("{NEEDS}{reference}"));
    captured(TestEnvironment::prepare(size).apply_to(&mut command), |line| {
        line.contains("live_app: ") || line.contains("ignored, ") || is_result(line)
    })
}
