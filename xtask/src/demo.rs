//! Demonstration in one command: tags a file, or a generated piece of music.

use std::path::PathBuf;

use crate::setup;
use crate::sh::{self, TaskResult};

pub(crate) mod synth;

/// Installs missing packages, builds the program, and tags `file` or a generated piece.
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
