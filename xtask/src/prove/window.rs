//! Check of the editor in a host's window, on a virtual display.

use std::fs;
use std::path::PathBuf;

use super::check_result::{CheckResult, captured, is_result};
use crate::sh::{self, TaskError, file_error};
use crate::test_environment::{DISPLAY_SIZE, REQUIRE, TestEnvironment};

/// Runs the tests that need a display.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(CheckResult::Skipped("the tests draw on X11 only".into()));
    }
    let (added, count) = added()?;
    let mut tests = sh::cargo();
    tests.args(["test", "--workspace", "--test", "all", "--", "host::window", "--include-ignored", "--nocapture"]);
    tests.arg("--test-threads=1");
    tests.env("EARMARK_MODELS", added).env(REQUIRE, if count > 0 { "display,added-models" } else { "display" });
    captured(TestEnvironment::prepare(DISPLAY_SIZE).apply_to(&mut tests), |line| {
        (line.contains("window: ") && !line.contains("WARN")) || line.contains("ignored, ") || is_result(line)
    })
}

/// Returns a folder of added models and their number: the published heads on built-in models, if the reference data is
/// available.
fn added() -> Result<(PathBuf, usize), TaskError> {
    let folder = sh::target().join("added-models");
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let files = fs::read_dir(sh::reference().join("models/mtg")).into_iter().flatten().flatten();
    let is_head = |path: &PathBuf| path.to_string_lossy().ends_with("-msd-musicnn-1.onnx");
    let heads: Vec<_> = files.map(|file| file.path()).filter(is_head).collect();
    let count = heads.len();
    if count > 0 {
        let mut add = sh::command(sh::built("earmark", false)?);
        sh::run(add.args(["models", "add"]).args(heads).env("EARMARK_MODELS", &folder))?;
    }
    Ok((folder, count))
}
