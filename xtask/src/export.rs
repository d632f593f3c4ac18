//! Conversion of the published weights to the networks in `models/zoo` and `models/separate`, in a Python environment of
//! its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::python;
use crate::sh::{self, TaskError, TaskResult};

/// Names of Python programs, in order of preference.
const PYTHONS: [&str; 5] = ["python3.11", "python3.10", "python3.9", "python3", "python"];

/// Folders with converted weights, relative to the root of the workspace.
const CONVERTED: [&str; 3] = ["models/zoo", "models/separate/vocals", "models/separate/accompaniment"];

/// Returns the command that converts the published weights into the folder `out`, in its Python environment. The stem
/// networks are written to the folder `separate` in `out`, unless `--separate` is added.
pub(crate) fn command(out: &Path) -> Result<Command, TaskError> {
    let python = PYTHONS.into_iter().find(|python| supported(python)).ok_or_else(|| {
        TaskError::Other(
            "cannot find Python: expected version 3.9, 3.10 or 3.11, which the pinned TensorFlow supports".into(),
        )
    })?;
    let convert = sh::root().join("models/zoo/build");
    let requirements = convert.join("requirements.txt");
    let inside = python::environment_of(python, "convert-env", ["-r".as_ref(), requirements.as_os_str()])?;
    let mut command = sh::command(&inside);
    command.arg(convert.join("convert.py")).arg("--out").arg(out);
    Ok(command)
}

/// Runs `models/zoo/build/convert.py`, by default into `models/zoo` and `models/separate`.
pub(crate) fn run(out: Option<PathBuf>) -> TaskResult {
    let zoo = sh::root().join("models/zoo");
    let out = out.unwrap_or_else(|| zoo.clone());
    let mut convert = command(&out)?;
    if out == zoo {
        convert.arg("--separate").arg(sh::root().join("models/separate"));
    }
    sh::run(&mut convert)?;
    if out == zoo {
        let changed = sh::output(sh::command("git").args(["status", "--short", "--"]).args(CONVERTED));
        match changed.as_deref() {
            Some("") => eprintln!("{} are unchanged", CONVERTED.join(", ")),
            Some(files) => eprintln!("changed:\n{files}"),
            None => {}
        }
    }
    Ok(())
}

fn supported(python: &str) -> bool {
    let question = "import sys; print(sys.version_info[0] == 3 and 9 <= sys.version_info[1] <= 11)";
    sh::output(sh::command(python).args(["-c", question])).as_deref() == Some("True")
}
