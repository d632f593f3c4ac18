//! Demonstration in one command: tags a file, or a generated piece of music.
//!
//! The program is built without window, live inputs, web page, Parquet and inference library, which `tag` does not need
//! with the built-in models: a first build is shorter, and no headers of sound libraries are needed.

use std::path::PathBuf;

use crate::setup;
use crate::sh::{self, TaskResult};

pub(crate) mod synth;

/// Printed after the demonstration.
const NEXT_STEP: &str = "This program has no window, live inputs, web page and Parquet tables, and runs no added models. \
    To build it with all features: cargo xtask setup && cargo install --locked --path standalone";

/// Installs missing packages, builds the lean program, and tags `file` or a generated piece.
pub(crate) fn run(file: Option<PathBuf>) -> TaskResult {
    setup::for_lean()?;
    let file = match file {
        Some(file) => std::path::absolute(&file).unwrap_or(file),
        None => {
            let path = sh::target().join("demo.wav");
            synth::write(&path, synth::PIECE_S)?;
            path
        }
    };
    let program = sh::built_lean()?;
    sh::run(sh::command(program).arg("tag").arg(file))?;
    eprintln!("{NEXT_STEP}");
    Ok(())
}
