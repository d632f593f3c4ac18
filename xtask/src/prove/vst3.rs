//! Checks of the VST3s in hosts of the Python registry: audio output, and the results of a render against the command
//! line.

use std::fs;
use std::path::PathBuf;

use super::check_result::{CheckResult, captured};
use crate::bundle::{self, Product};
use crate::demo::synth;
use crate::python;
use crate::sh::{self, TaskError};

const PACKAGES: [&str; 4] = ["pedalboard==0.9.26", "dawdreamer==0.9.0", "soundfile==0.13.1", "numpy>=2,<3"];
/// Length in seconds of the generated piece that is rendered if no clips are available.
const PIECE_S: u32 = 24;

/// Renders every clip of the reference data, or a generated piece without it.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(CheckResult::Skipped("the bundle and the hosts' packages were only tried together on Linux".into()));
    }
    let python = python::environment("vst3-env", &PACKAGES)?;
    let bundle = bundle::vst3(Product::Analyzer, true)?;
    let program = sh::built("earmark", true)?;
    let clips = match clips() {
        clips if clips.is_empty() => {
            let path = sh::target().join("rendered.wav");
            synth::write(&path, PIECE_S)?;
            vec![path]
        }
        clips => clips,
    };
    let mut render = sh::command(&python);
    render.arg(sh::root().join("tests/vst3/render.py")).arg(bundle).arg(program).args(&clips);
    captured(&mut render, |_| true)
}

/// Renders pieces of two sample rates with Earmark Stems, and checks the hosts' compensation of its latency.
pub(crate) fn stems() -> Result<CheckResult, TaskError> {
    let pieces = ["separation/mix2/mix.flac", "audio/techno_48k.flac"].map(|piece| sh::reference().join(piece));
    if !cfg!(target_os = "linux") || !pieces.iter().all(|piece| piece.is_file()) {
        return Ok(CheckResult::Skipped("the hosts' packages or the reference data are absent".into()));
    }
    let python = python::environment("vst3-env", &PACKAGES)?;
    let bundle = bundle::vst3(Product::Stems, true)?;
    let mut render = sh::command(&python);
    render.arg(sh::root().join("tests/vst3/stems.py")).arg(bundle).arg(sh::built("earmark", true)?).args(&pieces);
    captured(&mut render, |_| true)
}

/// Returns the clips of the reference data at their original sample rates, sorted by name.
fn clips() -> Vec<PathBuf> {
    let files = fs::read_dir(sh::reference().join("audio")).into_iter().flatten().filter_map(Result::ok);
    let mut clips: Vec<PathBuf> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "flac"))
        .collect();
    clips.sort();
    clips
}
