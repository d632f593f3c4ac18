//! Command `earmark man`: writes the manual pages.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Args;

/// Writes a page per command into the folder `out`, or the page of `earmark` to standard output. Returns exit code 0, or
/// 1 with a message if a file cannot be written.
pub(crate) fn run(out: Option<&Path>) -> ExitCode {
    let written = match out {
        Some(folder) => write_all(folder).map_err(|error| format!("cannot write to {}: {error}", folder.display())),
        None => print().map_err(|error| format!("cannot print the manual page: {error}")),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("earmark: {message}");
            ExitCode::FAILURE
        }
    }
}

fn print() -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(Args::command()).render(&mut page)?;
    // A closed pipe (`| head`) is not an error.
    let _ = io::stdout().lock().write_all(&page);
    Ok(())
}

fn write_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Args::command(), folder)
}
