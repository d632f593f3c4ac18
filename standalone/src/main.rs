//! Program `earmark`: analyzes music in files and live, in a window or on the command line.

#[cfg(feature = "window")]
mod app_settings;
mod arg_files;
mod args;
mod commands;
mod interrupt;
#[cfg(feature = "sound")]
mod live_session;
mod missing_feature;
#[cfg(feature = "window")]
mod places;
#[cfg(feature = "window")]
mod presets;
#[cfg(feature = "sound")]
mod session_sink;
#[cfg(feature = "window")]
mod window;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::args::{Args, Command};
use crate::missing_feature::MissingFeature;

fn main() -> ExitCode {
    let arguments = match arg_files::arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("earmark: {error}");
            return ExitCode::from(2);
        }
    };
    let parsed = Args::command().try_get_matches_from(arguments);
    let parsed = parsed.and_then(|given| Ok((Args::from_arg_matches(&given)?.command, given)));
    #[cfg_attr(not(feature = "sound"), expect(unused_variables, reason = "live sessions alone need the options"))]
    let (command, given) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => match MissingFeature::of(&error) {
            Some(missing) => return missing.report(),
            None => error.exit(),
        },
    };
    match command {
        #[cfg(feature = "window")]
        None => window::run(None),
        #[cfg(not(feature = "window"))]
        None => MissingFeature::WINDOW.report(),
        #[cfg(feature = "window")]
        Some(Command::Window { file }) => window::run(file.as_deref()),
        Some(Command::Tag(options)) => commands::tag::run(&options),
        #[cfg(feature = "sound")]
        Some(Command::Listen(options)) => {
            commands::listen::run(&options, given.subcommand_matches("listen").unwrap_or(&given))
        }
        Some(Command::Models { command }) => commands::models::run(command.as_ref()),
        #[cfg(feature = "descriptors")]
        Some(Command::Extract(options)) => commands::extract::run(&options),
        #[cfg(feature = "descriptors")]
        Some(Command::Classify(options)) => commands::classify::run(&options),
        #[cfg(feature = "descriptors")]
        Some(Command::Train(options)) => commands::train::run(&options),
        #[cfg(feature = "descriptors")]
        Some(Command::Retrain(options)) => commands::train::retrain(&options),
        #[cfg(feature = "separation")]
        Some(Command::Separate(options)) => commands::separate::run(&options),
        #[cfg(feature = "batch")]
        Some(Command::Batch { command }) => commands::batch_command::run(&command),
        Some(Command::Embed(options)) => commands::embed::run(&options),
        #[cfg(feature = "sound")]
        Some(Command::Devices(options)) => commands::devices::run(&options),
        Some(Command::Completions { shell }) => commands::completions::run(shell),
        Some(Command::Man { out }) => commands::man::run(out.as_deref()),
    }
}
