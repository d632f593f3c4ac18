//! The app's long runs: every clip through a virtual sound card, ten minutes under load, an hour, pictures.

use super::finding::{Finding, captured, is_result};
use crate::sh::{self, TaskError};
use crate::surroundings::{REQUIRE, Surroundings};

/// Needs of the tests here that can be installed. The reference data is required where it is.
const NEEDS: &str = "display,imagemagick,jack,pulseaudio,browser,python-osc";

/// Runs the tests that take minutes.
pub(crate) fn run() -> Result<Finding, TaskError> {
    tests("1280x1024", &["live_app::", "--include-ignored"])
}

/// Runs the window on a display of its size.
pub(crate) fn window() -> Result<Finding, TaskError> {
    tests("480x718", &["live_app::window"])
}

fn tests(size: &str, which: &[&str]) -> Result<Finding, TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(Finding::Skipped("the virtual sound card and the display are Linux programs".into()));
    }
    let reference = if sh::reference().join("goldens").is_dir() { ",reference" } else { "" };
    let mut command = sh::cargo();
    command.args(["test", "--workspace", "--test", "all", "--"]).args(which).args(["--nocapture", "--test-threads=1"]);
    command.env(REQUIRE, format!("{NEEDS}{reference}"));
    captured(Surroundings::prepare(size).offer(&mut command), |line| {
        line.contains("stage: ") || line.contains("ignored, ") || is_result(line)
    })
}
