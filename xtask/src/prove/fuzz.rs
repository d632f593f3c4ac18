//! Coverage-guided fuzzing of all parsers of untrusted models, metadata, cards, profiles, histories and training files.
//!
//! Runs with the installed compiler and the instrumentation of `cargo fuzz`. The address sanitizer, which needs a nightly
//! compiler, is not used: the parsers have no unsafe code.

use std::fs;
use std::path::Path;

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError, file_error};

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Compiler flags for the coverage instrumentation of libFuzzer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// Duration for each target in seconds.
const SECONDS: u32 = 120;

/// Fuzzes each target. The seeds are small valid files: graphs of the fixtures and their conversions, two metadata
/// files, and the cards of the built-in models.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(CheckResult::Skipped("the fuzzer was only tried on 64-bit Linux".into()));
    }
    let built = sh::target().join("fuzz");
    let mut build = sh::cargo();
    build.args(["build", "--release", "--target", TARGET, "--manifest-path"]);
    build.arg(sh::root().join("models/fuzz/Cargo.toml")).arg("--target-dir").arg(&built);
    sh::run(build.env("RUSTFLAGS", FLAGS))?;

    let graphs = sh::root().join("tests/fixtures/imported");
    let [onnx, cards] = ["seeds-onnx", "seeds-card"].map(|folder| built.join(folder));
    for folder in [&onnx, &cards] {
        fs::create_dir_all(folder).map_err(file_error(folder))?;
    }
    sh::run(sh::command(sh::built("imported", false)?).arg(&graphs).arg(&onnx))?;
    // The conversions contain no functions and branches; these files do.
    let operations = sh::root().join("tests/fixtures/imported-onnx");
    for entry in fs::read_dir(&operations).map_err(file_error(&operations))?.flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "onnx") {
            fs::copy(entry.path(), onnx.join(entry.file_name())).map_err(file_error(&entry.path()))?;
        }
    }
    for family in ["msd", "mtt", "tempocnn"] {
        let zoo = sh::root().join("models/zoo").join(family);
        for entry in fs::read_dir(&zoo).map_err(file_error(&zoo))?.flatten() {
            let is_card = entry.path().extension().is_some_and(|extension| extension == "toml");
            if is_card && entry.file_name() != "Cargo.toml" {
                fs::copy(entry.path(), cards.join(entry.file_name())).map_err(file_error(&entry.path()))?;
            }
        }
    }
    let described = sh::root().join("models/fuzz/seeds/card");
    for entry in fs::read_dir(&described).map_err(file_error(&described))?.flatten() {
        fs::copy(entry.path(), cards.join(entry.file_name())).map_err(file_error(&entry.path()))?;
    }
    let seeds = |name: &str| sh::root().join("models/fuzz/seeds").join(name);
    let [descriptions, profiles, histories] = ["description", "profile", "history"].map(seeds);
    let [truths, lists, projects, params] = ["ground_truth", "file_list", "project", "param"].map(seeds);
    let variables = seeds("variables");
    let mut figures = Vec::new();
    let targets = [
        ("pb", &graphs),
        ("onnx", &onnx),
        ("engine", &onnx),
        ("description", &descriptions),
        ("card", &cards),
        ("profile", &profiles),
        ("history", &histories),
        ("ground_truth", &truths),
        ("file_list", &lists),
        ("project", &projects),
        ("param", &params),
        ("variables", &variables),
    ];
    for (name, seeds) in targets {
        match fuzz(&built, name, seeds)? {
            CheckResult::Holds(text) => figures.push(text),
            skipped @ CheckResult::Skipped(_) => return Ok(skipped),
        }
    }
    Ok(CheckResult::Holds(figures.join("\n")))
}

fn fuzz(built: &Path, name: &str, seeds: &Path) -> Result<CheckResult, TaskError> {
    let corpus = built.join(format!("corpus-{name}"));
    fs::create_dir_all(&corpus).map_err(file_error(&corpus))?;
    let mut fuzz = sh::command(built.join(TARGET).join("release").join(name));
    // A file that takes more than 2 s or 512 MiB is a failure, as is a panic.
    fuzz.args(["-timeout=2", "-rss_limit_mb=512", "-max_len=32768", "-verbosity=0", "-print_final_stats=1"]);
    fuzz.arg(format!("-max_total_time={SECONDS}")).arg(format!("-artifact_prefix={}/", corpus.display()));
    // The fuzzer reports on standard error; the shell redirects it to standard output.
    let mut shell = sh::command("sh");
    shell.args(["-c", "exec \"$@\" 2>&1", "sh"]).arg(fuzz.get_program()).args(fuzz.get_args()).arg(&corpus).arg(seeds);
    captured(&mut shell, |line| line.starts_with("stat::number_of_executed") || line.starts_with("stat::peak_rss"))
}
