//! The import of models under a fuzzer that follows what is covered.
//!
//! `cargo fuzz` wants a nightly compiler for its address sanitizer; there is no unsafe code to watch, so the compiler at
//! hand does, with the same instrumentation.

use std::fs;
use std::path::Path;

use super::{Finding, captured};
use crate::sh::{self, TaskError, file_error};

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// How the compiler tells libFuzzer what ran.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// For each format.
const SECONDS: u32 = 120;

/// Fuzzes both formats, beginning with the small graphs among the fixtures and what they become.
pub(crate) fn run() -> Result<Finding, TaskError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Finding::Skipped("the fuzzer was only tried on 64-bit Linux".into()));
    }
    let built = sh::target().join("fuzz");
    let mut build = sh::cargo();
    build.args(["build", "--release", "--target", TARGET, "--manifest-path"]);
    build.arg(sh::root().join("models/import/fuzz/Cargo.toml")).arg("--target-dir").arg(&built);
    sh::run(build.env("RUSTFLAGS", FLAGS))?;

    let seeds = sh::root().join("tests/fixtures/imported");
    let onnx = built.join("seeds-onnx");
    fs::create_dir_all(&onnx).map_err(file_error(&onnx))?;
    sh::run(sh::command(sh::built("imported", false)?).arg(&seeds).arg(&onnx))?;
    let mut figures = Vec::new();
    for (name, seeds) in [("pb", &seeds), ("onnx", &onnx)] {
        match fuzz(&built, name, seeds)? {
            Finding::Holds(text) => figures.push(text),
            skipped @ Finding::Skipped(_) => return Ok(skipped),
        }
    }
    Ok(Finding::Holds(figures.join("\n")))
}

fn fuzz(built: &Path, name: &str, seeds: &Path) -> Result<Finding, TaskError> {
    let corpus = built.join(format!("corpus-{name}"));
    fs::create_dir_all(&corpus).map_err(file_error(&corpus))?;
    let mut fuzz = sh::command(built.join(TARGET).join("release").join(name));
    // A file that takes two seconds or half a GiB counts as a failure; so does a panic.
    fuzz.args(["-timeout=2", "-rss_limit_mb=512", "-max_len=32768", "-verbosity=0", "-print_final_stats=1"]);
    fuzz.arg(format!("-max_total_time={SECONDS}")).arg(format!("-artifact_prefix={}/", corpus.display()));
    // The fuzzer reports on its error output, a shell puts both together.
    let mut shell = sh::command("sh");
    shell.args(["-c", "exec \"$@\" 2>&1", "sh"]).arg(fuzz.get_program()).args(fuzz.get_args()).arg(&corpus).arg(seeds);
    captured(&mut shell, |line| line.starts_with("stat::number_of_executed") || line.starts_with("stat::peak_rss"))
}
