//! Check of imported models against TensorFlow: on generated graphs, and on the published ones if they are available.

use super::check_result::{CheckResult, captured};
use crate::python;
use crate::sh::{self, TaskError};

const PACKAGES: [&str; 2] = ["tensorflow-cpu==2.15.1", "numpy==1.26.4"];

/// Runs the graphs in TensorFlow, then imports them and compares the outputs.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let python = python::environment("tensorflow-env", &PACKAGES)?;
    let folder = sh::target().join("imported-by-tensorflow");
    let models = sh::reference().join("models");
    let mut make = sh::command(&python);
    make.arg(sh::root().join("tests/imported/make.py")).arg(&folder).args(models.is_dir().then_some(&models));
    sh::run(make.env("TF_CPP_MIN_LOG_LEVEL", "3"))?;
    captured(sh::command(sh::built("imported", false)?).arg(&folder), |_| true)
}
