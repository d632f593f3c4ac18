//! The `earmark` command line: says what is heard in audio files.

mod args;
mod decode;
mod interrupt;
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
    }
}
