//! The `earmark` program: says what is heard, in files and as the music plays.

mod app;
mod args;
mod attendant;
mod decode;
mod embed;
mod input;
mod interrupt;
mod list_devices;
mod listen;
mod live;
mod models;
mod output;
mod presets;
mod reactions;
mod settings;
mod tag;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    let arguments = match presets::arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("earmark: {error}");
            return ExitCode::from(2);
        }
    };
    match Args::parse_from(arguments).command {
        None => app::run(None),
        Some(Command::Window { file }) => app::run(file.as_deref()),
        Some(Command::Tag(options)) => tag::run(&options),
        Some(Command::Listen(options)) => listen::run(&options),
        Some(Command::Models { command }) => models::run(command.as_ref()),
        Some(Command::Embed(options)) => embed::run(&options),
        Some(Command::Devices(options)) => list_devices::run(&options),
    }
}
