//! Command `earmark completions`: prints a completion script for a shell.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::args::Args;

/// Prints the script on standard output. Returns exit code 0.
pub(crate) fn run(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    generate(shell, &mut Args::command(), "earmark", &mut script);
    // A closed pipe (`| head`) is not an error.
    let _ = io::stdout().lock().write_all(&script);
    ExitCode::SUCCESS
}
