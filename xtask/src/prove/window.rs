//! The editor in a real window of a host, on a display that is in memory only.

use std::fs;
use std::path::PathBuf;

use super::{Finding, captured};
use crate::sh::{self, TaskError, file_error};

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
    tests.env("LIBGL_ALWAYS_SOFTWARE", "1").env("EARMARK_MODELS", added()?);
    captured(&mut tests, |line| {
        (line.contains("window: ") && !line.contains("WARN")) || line.starts_with("test result:")
    })
}

/// A folder of added models: the published heads on what is built in, as far as the reference data is here.
fn added() -> Result<PathBuf, TaskError> {
    let folder = sh::target().join("added-models");
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let files = fs::read_dir(sh::reference().join("models/mtg")).into_iter().flatten().flatten();
    let is_head = |path: &PathBuf| path.to_string_lossy().ends_with("-msd-musicnn-1.onnx");
    let heads: Vec<_> = files.map(|file| file.path()).filter(is_head).collect();
    if !heads.is_empty() {
        let mut add = sh::command(sh::built("earmark", false)?);
        sh::run(add.args(["models", "add"]).args(heads).env("EARMARK_MODELS", &folder))?;
    }
    Ok(folder)
}
