//! Examples of the crates: each of them is run, and prints results.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use earmark_tests::reference::root;

/// Names of the examples that these tests run.
const EXAMPLES: [&str; 7] =
    ["demo_window", "follow_stream", "grid_cost", "headless", "own_model", "tag_buffer", "tap_to_worker"];

/// Plugin library that allocates in `process`: built and loaded by the tests of the allocation checks.
const LIBRARY: &str = "allocates";

/// Builds the examples like these tests, runs one, and returns its standard output.
fn run(name: &str, arguments: &[&str]) -> String {
    let mut build = Command::new(env!("CARGO"));
    // The whole workspace is named, because then its packages have the features that they have for these tests.
    build.args(["build", "--quiet", "--locked", "--workspace"]).current_dir(root());
    build.args(EXAMPLES.iter().flat_map(|name| ["--example", name]));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    if !cfg!(feature = "tempocnn") {
        build.arg("--no-default-features");
    }
    assert!(build.status().unwrap().success(), "the examples build");
    // These tests lie in `<target>/<profile>/deps`.
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().unwrap().parent().unwrap();
    let example = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&example).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{name}: {}: {}", output.status, text(&output.stderr));
    text(&output.stdout)
}

/// Adds the names of the files in all folders `examples` below a folder.
fn find(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            find(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && folder.file_name().is_some_and(|folder| folder == "examples")
        {
            found.insert(path.file_stem().unwrap().to_string_lossy().into_owned());
        }
    }
}

#[test]
fn every_example_has_a_test() {
    let mut found = BTreeSet::new();
    find(&root(), &mut found);
    let expected: BTreeSet<String> = EXAMPLES.iter().chain([&LIBRARY]).map(|&name| name.to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn tap_to_worker_finds_a_higher_band_each_second() {
    let out = run("tap_to_worker", &[]);
    let bands: Vec<usize> =
        out.lines().filter_map(|line| line.split_once(": band ")?.1.split_once(' ')?.0.parse().ok()).collect();
    assert!(bands.len() >= 4 && bands.windows(2).all(|two| two[0] < two[1]), "{out}");
    assert!(out.contains(", dropped 0"), "{out}");
}

#[test]
fn tag_buffer_prints_the_tags_of_each_patch() {
    let out = run("tag_buffer", &[]);
    assert!(out.lines().count() >= 3 && out.lines().all(|line| line.matches(", ").count() == 2), "{out}");
}

#[test]
fn follow_stream_prints_predictions_of_all_samples() {
    let out = run("follow_stream", &[]);
    // A slow worker thread skips predictions.
    assert!(out.contains(" s: ") && out.contains("latest prediction ends at "), "{out}");
    assert!(out.contains("processed everything: true; pushed 576"), "{out}");
}

#[test]
fn own_model_prints_labels_and_tempo_in_at_most_60_lines() {
    let out = run("own_model", &[]);
    let labels: Vec<_> = out.lines().filter(|line| line.contains(": loud ") || line.contains(": quiet ")).collect();
    assert!(labels.len() >= 15, "{out}");
    if cfg!(feature = "tempocnn") {
        assert!(out.contains(" s: 120 BPM"), "{out}");
    }
    let text = std::fs::read_to_string(root().join("models/examples/own_model.rs")).unwrap();
    assert!(text.lines().count() <= 60, "{} lines", text.lines().count());
}

#[test]
fn headless_session_prints_predictions() {
    let out = run("headless", &[]);
    let lines = out.lines().filter(|line| line.contains(" s: ")).count();
    assert!(lines >= 1 && out.contains(&format!("{lines} predictions, 0 samples dropped")), "{out}");
}

#[test(needs(Display))]
fn demo_window_opens_and_closes_after_its_time() {
    let out = run("demo_window", &["3"]);
    let count = out.lines().find_map(|line| line.strip_prefix("closed after ")?.split_once(' ')?.0.parse::<u32>().ok());
    assert!(count.is_some_and(|count| count >= 20), "{out}");
}

#[test]
fn grid_cost_searches_the_whole_grid_and_compares_a_sample() {
    let out = run("grid_cost", &["2", "20"]);
    assert!(out.contains("1728 points on 20 items") && out.contains("2 points on vectors"), "{out}");
}
