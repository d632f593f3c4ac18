//! `cargo xtask`: the project's tasks, one per file.
//!
//! This crate compiles on a machine with only Rust and a C compiler, because it installs the packages that the other
//! crates need. Tasks that need the program or the plugin build it with cargo.

mod against;
mod batch_cost;
mod bundle;
mod demo;
mod display;
mod export;
mod measure;
mod processes;
mod prove;
mod python;
mod setup;
mod sh;
mod test;
mod test_environment;
mod wheel;

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
    /// Install missing system packages; prints nothing if all are installed.
    Setup {
        /// Also install the packages for tests: a virtual display, sound servers, a browser.
        #[arg(long)]
        tests: bool,
    },
    /// Build the command line without window and live inputs, and tag FILE or a generated piece of music.
    Demo {
        /// Audio file to tag.
        file: Option<PathBuf>,
    },
    /// Check format, lints and documentation, run all tests, and list unmet requirements (tests/requirements.md).
    Test {
        /// Arguments of the test runner.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Build the CLAP and the VST3 of Earmark and of Earmark Stems in target/bundled.
    Bundle {
        /// Optimize, and strip symbols.
        #[arg(long)]
        release: bool,
    },
    /// Build the plugin and copy it to the user's plugin folders.
    Install {
        /// Optimize, and strip symbols.
        #[arg(long)]
        release: bool,
    },
    /// Print the speed of each model: patches per second, and multiple of real time.
    Bench {
        /// Compare the speed of `earmark tag` with Essentia and ONNX Runtime instead.
        #[arg(long)]
        against: bool,
        /// Measure the cost of `earmark batch` per track, and write the table of standalone/batch/README.md.
        #[arg(long, conflicts_with = "against")]
        batch: bool,
        /// Arguments of the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Print the time to the first prediction and the age of predictions, with each contribution.
    Latency {
        /// Arguments of the measurement.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Measure the cost by hop, streams and files; writes tables and charts to FOLDER.
    Growth {
        /// Folder of tables and charts (default tests/growth).
        folder: Option<PathBuf>,
    },
    /// Check the real-time contract: callbacks neither block nor allocate, with 1, 8 and 16 instances.
    Realtime,
    /// Run the long tests: an hour of music, ten minutes through a sound card under load, every clip.
    Soak,
    /// Run the long checks, or those whose names contain one of STEPS, and write tests/proofs.md.
    Prove {
        /// Parts of the names of checks, such as R28.
        steps: Vec<String>,
    },
    /// Build the wheels of the Python package in target/wheels.
    Wheel {
        /// Optimize, and build for every Linux from 2014 on (manylinux2014).
        #[arg(long)]
        release: bool,
    },
    /// Manage the weights of the built-in models.
    #[command(subcommand)]
    Models(Models),
}

#[derive(Subcommand)]
enum Models {
    /// Convert the published weights and write them to models/zoo and models/separate.
    Export {
        /// Output folder (default models/zoo); stem networks are written to its folder separate.
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
        Task::Bench { batch: true, .. } => batch_cost::run(),
        Task::Bench { against: false, batch: false, rest } => measure::run("bench", &rest),
        Task::Growth { folder } => measure::growth(folder),
        Task::Realtime => prove::run(&prove::REALTIME.map(str::to_owned)),
        Task::Soak => prove::run(&prove::SOAK.map(str::to_owned)),
        Task::Latency { rest } => measure::run("latency", &rest),
        Task::Prove { steps } => prove::run(&steps),
        Task::Wheel { release } => wheel::run(release),
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
