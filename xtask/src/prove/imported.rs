//! The import of models against TensorFlow itself: on small graphs of its own, and on the published ones if they are here.

use super::check_result::{CheckResult, captured};
use crate::python;
use crate::sh::{self, TaskError};

const PACKAGES: [&str; 2] = ["tensorflow-cpu==2.15.1", "numpy==1.26.4"];

/// Lets TensorFlow answer, then the imported files.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let python = python::environment("tensorflow-env", &PACKAGES)?;
    let folder = sh::target().join("imported-by-tensorflow");
    let models = sh::reference().join("models");
    let mut make = sh::command(&python);
    make.arg(sh::root().join("tests/imported/make.py")).arg(&folder).args(models.is_dir().then_some(&models));
    sh::run(make.env("TF_CPP_MIN_LOG_LEVEL", "3"))?;
    captured(sh::command(sh::built("imported", false)?).arg(&folder), |_| true)
}
