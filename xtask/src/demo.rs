//! The main job in one command: tag a file, or a short piece that is made for the purpose.

use std::path::PathBuf;

use crate::setup;
use crate::sh::{self, TaskResult};

pub(crate) mod synth;

/// Sets up, builds, and tags `file` or the piece.
pub(crate) fn run(file: Option<PathBuf>) -> TaskResult {
    setup::run()?;
    let file = match file {
        Some(file) => std::path::absolute(&file).unwrap_or(file),
        None => {
            let path = sh::target().join("demo.wav");
            synth::write(&path, synth::PIECE_S)?;
            path
        }
    };
    let program = sh::built("earmark", false)?;
    sh::run(sh::command(program).arg("tag").arg(file))
}
