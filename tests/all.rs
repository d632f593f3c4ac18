//! One integration test binary with one module per subject.
//!
//! It has a main function of its own (`earmark_tests::runner`), so that a test whose needs are absent is reported as
//! ignored. `#[test]` is the attribute of `earmark-tests-macros` in all modules: it registers what it marks.

// A test fails at the first error, in its helper functions too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[macro_use]
extern crate earmark_tests_macros;

mod add_models;
mod architecture;
mod audio_files;
mod batch;
mod before;
mod command;
mod derived_moods;
mod descriptors;
mod edge_signals;
mod examples;
mod front_ends;
mod gaia;
mod host;
mod import;
mod incremental;
mod levels;
#[cfg(target_os = "linux")]
mod live_app;
mod packages;
mod parity;
mod rates;
mod requirements;
mod separate;
mod song_changes;
mod stems;
mod streaming;
mod tap_worker;
#[cfg(feature = "tempocnn")]
mod tempo;
mod threads;
mod train;

fn main() -> std::process::ExitCode {
    earmark_tests::runner::main()
}
