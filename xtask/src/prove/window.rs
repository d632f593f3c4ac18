//! The editor in a real window of a host, on a display that is in memory only.

use super::{Finding, captured};
use crate::sh::{self, TaskError};

/// Runs the tests that need a display.
pub(crate) fn run() -> Result<Finding, TaskError> {
    if sh::output(sh::command("xvfb-run").arg("--help")).is_none() {
        return Ok(Finding::Skipped("there is no xvfb-run here (Debian: xvfb xauth libegl1 libgl1-mesa-dri)".into()));
    }
    let mut tests = sh::command("xvfb-run");
    tests.args(["--auto-servernum", "--server-args=-screen 0 1280x1024x24 +extension GLX -nolisten tcp"]);
    tests.args([
        "cargo",
        "test",
        "--workspace",
        "--test",
        "all",
        "--",
        "host::window",
        "--nocapture",
        "--test-threads=1",
    ]);
    tests.env("LIBGL_ALWAYS_SOFTWARE", "1");
    captured(&mut tests, |line| {
        (line.contains("window: ") && !line.contains("WARN")) || line.starts_with("test result:")
    })
}
