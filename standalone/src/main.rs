//! Program `earmark`: analyzes music in files and live, in a window or on the command line.

mod arg_files;
mod args;
mod commands;
mod interrupt;
mod live_session;
mod session_sink;
mod window;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    let arguments = match arg_files::arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("earmark: {error}");
            return ExitCode::from(2);
        }
    };
    match Args::parse_from(arguments).command {
        None => window::run(None),
        Some(Command::Window { file }) => window::run(file.as_deref()),
        Some(Command::Tag(options)) => commands::tag::run(&options),
        Some(Command::Listen(options)) => commands::listen::run(&options),
        Some(Command::Models { command }) => commands::models::run(command.as_ref()),
        Some(Command::Embed(options)) => commands::embed::run(&options),
        Some(Command::Devices(options)) => commands::devices::run(&options),
        Some(Command::Completions { shell }) => commands::completions::run(shell),
        Some(Command::Man { out }) => commands::man::run(out.as_deref()),
    }
}
