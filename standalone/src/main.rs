//! The `earmark` command line: says what is heard in audio files.

mod args;
mod decode;
mod input;
mod interrupt;
mod list_devices;
mod list_models;
mod output;
mod tag;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    match Args::parse().command {
        Command::Tag(options) => tag::run(&options),
        Command::Models => list_models::run(),
        Command::Devices(options) => list_devices::run(&options),
    }
}
