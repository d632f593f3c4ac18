//! The `earmark` program: says what is heard, in files and as the music plays.

mod args;
mod decode;
mod input;
mod interrupt;
mod list_devices;
mod list_models;
mod listen;
mod live;
mod output;
mod tag;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    match Args::parse().command {
        Command::Tag(options) => tag::run(&options),
        Command::Listen(options) => listen::run(&options),
        Command::Models => list_models::run(),
        Command::Devices(options) => list_devices::run(&options),
    }
}
