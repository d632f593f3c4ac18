//! Check that `process` of both plugins does not allocate, in a build of nice-plug that aborts at an allocation. A plugin
//! that allocates is tested first, to verify the detection.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError};
use crate::test_environment::REQUIRE;

/// Packages that must be compiled with debug assertions, or they detect nothing.
const ASSERTING_PACKAGES: [&str; 3] = ["nice-plug", "nice-plug-core", "nice-assert-no-alloc"];

/// Builds the plugins and one that allocates, and runs them. The build has a folder of its own, because its features
/// differ.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let folder = sh::target().join("asserting");
    let mut build = sh::cargo();
    build.args([
        "build",
        "--package",
        "earmark-plugin",
        "--package",
        "earmark-stems",
        "--lib",
        "--example",
        "allocates",
    ]);
    let features = "earmark-plugin/assert_process_allocs,earmark-stems/assert_process_allocs";
    build.args(["--features", features, "--target-dir"]).arg(&folder);
    for name in ASSERTING_PACKAGES {
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
                "stems::latency",
                "stems::activation",
                "stems::bypass",
                "stems::real_time",
                "stems::resets",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("EARMARK_ASSERTING", library("", "earmark_plugin"))
            .env("EARMARK_ALLOCATING", library("examples", "allocates"))
            .env("EARMARK_STEMS", library("", "earmark_stems"))
            .env(REQUIRE, "asserting,allocating"),
        |line| line.contains("asserting: ") || line.starts_with("test result:"),
    )
}
