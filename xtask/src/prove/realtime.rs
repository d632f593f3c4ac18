//! RealtimeSanitizer on the audio callbacks of both plugins. Planted violations are tested first, to verify the detection.

use std::path::Path;

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError};
use crate::test_environment::REQUIRE;

/// Path of the sanitizer's runtime in the toolchain.
const RUNTIME: &str = "lib/rustlib/x86_64-unknown-linux-gnu/lib/librustc-stable_rt.rtsan.a";

/// Builds the host tests with the sanitizer and runs the tests that use it.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let sysroot = sh::output(sh::command("rustc").args(["--print", "sysroot"])).unwrap_or_default();
    let runtime = Path::new(&sysroot).join(RUNTIME);
    if !runtime.is_file() {
        return Ok(CheckResult::Skipped(
            "the sanitizer's runtime comes with the toolchain for x86-64 Linux only".into(),
        ));
    }
    captured(
        sh::cargo()
            .args(["test", "--workspace", "--test", "all", "--", "host::sanitizer", "stems::real_time"])
            .args(["--nocapture", "--test-threads=1"])
            .env("RTSAN_ENABLE", "1")
            .env("RTSAN_LIB_PATH", runtime)
            .env(REQUIRE, "sanitizer"),
        |line| line.contains("sanitizer: ") || line.starts_with("test result:"),
    )
}
