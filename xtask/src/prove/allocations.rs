//! The plugin in a build of nice-plug that ends the host when `process` allocates, after it has ended one that does.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use super::finding::{Finding, captured};
use crate::sh::{self, TaskError};
use crate::surroundings::REQUIRE;

/// What must be compiled with debug assertions, or it looks away.
const WATCHFUL: [&str; 3] = ["nice-plug", "nice-plug-core", "nice-assert-no-alloc"];

/// Builds the plugin and one that allocates, in a folder of their own because everything is built with other features,
/// and plays to them.
pub(crate) fn run() -> Result<Finding, TaskError> {
    let folder = sh::target().join("asserting");
    let mut build = sh::cargo();
    build.args(["build", "--package", "earmark-plugin", "--lib", "--example", "allocates"]);
    build.args(["--features", "assert_process_allocs", "--target-dir"]).arg(&folder);
    for name in WATCHFUL {
        build.arg("--config").arg(format!("profile.dev.package.{name}.debug-assertions=true"));
    }
    sh::run(&mut build)?;
    let library =
        |path: &str, name: &str| folder.join("debug").join(path).join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"));
    captured(
        sh::cargo()
            .args([
                "test",
                "--workspace",
                "--test",
                "all",
                "--",
                "host::assert_process_allocs",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("EARMARK_ASSERTING", library("", "earmark_plugin"))
            .env("EARMARK_ALLOCATING", library("examples", "allocates"))
            .env(REQUIRE, "asserting,allocating"),
        |line| line.contains("asserting: ") || line.starts_with("test result:"),
    )
}
